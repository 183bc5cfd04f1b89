import { pipelineArn } from './arns.ts';
import type { ActionRunRecord, ArtifactPlace, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

export type PipelineEventState =
  | 'STARTED'
  | 'SUCCEEDED'
  | 'RESUMED'
  | 'FAILED'
  | 'STOPPING'
  | 'STOPPED'
  | 'CANCELED'
  | 'SUPERSEDED';

/** Shapes: https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html */
function emit(context: Context, execution: ExecutionRecord, of: string, detail: object, startTime: number): void {
  context.cloud.emit({
    source: 'aws.codepipeline',
    detailType: `CodePipeline ${of} Execution State Change`,
    resources: [pipelineArn(context.cloud, execution.pipelineName)],
    detail: {
      pipeline: execution.pipelineName,
      'execution-id': execution.id,
      'start-time': new Date(startTime).toISOString(),
      ...detail,
      version: execution.pipelineVersion,
      'pipeline-execution-attempt': execution.attempt,
    },
  });
}

export function emitPipeline(context: Context, execution: ExecutionRecord, state: PipelineEventState): void {
  const comments = execution.stop?.reason;
  emit(
    context,
    execution,
    'Pipeline',
    {
      'execution-trigger': { 'trigger-type': execution.trigger.type, 'trigger-detail': execution.trigger.detail },
      state,
      ...(comments === undefined ? {} : { 'stop-execution-comments': comments }),
    },
    execution.startTime,
  );
}

export function emitStage(
  context: Context,
  execution: ExecutionRecord,
  stage: string,
  state: Exclude<PipelineEventState, 'SUPERSEDED'>,
): void {
  emit(context, execution, 'Stage', { stage, state }, execution.startTime);
}

export function emitAction(
  context: Context,
  execution: ExecutionRecord,
  run: ActionRunRecord,
  state: 'STARTED' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'ABANDONED',
): void {
  emit(
    context,
    execution,
    'Action',
    {
      stage: run.stageName,
      action: run.actionName,
      region: context.cloud.region,
      type: {
        owner: run.typeId.owner,
        category: run.typeId.category,
        provider: run.typeId.provider,
        version: run.typeId.version,
      },
      state,
      ...(run.inputs.length === 0 ? {} : { 'input-artifacts': run.inputs.map(artifactDetail) }),
      ...(run.outputs.length === 0 ? {} : { 'output-artifacts': run.outputs.map(artifactDetail) }),
      ...(state === 'STARTED' ? {} : { 'execution-result': executionResult(run) }),
    },
    run.startTime,
  );
}

function artifactDetail(place: ArtifactPlace): object {
  return { name: place.name, s3location: { bucket: place.bucket, key: place.key } };
}

function executionResult(run: ActionRunRecord): object {
  const summary = run.error?.message ?? run.summary;
  return {
    ...(run.externalExecutionUrl === undefined ? {} : { 'external-execution-url': run.externalExecutionUrl }),
    ...(summary === undefined ? {} : { 'external-execution-summary': summary }),
    ...(run.externalExecutionId === undefined ? {} : { 'external-execution-id': run.externalExecutionId }),
    ...(run.error === undefined ? {} : { 'error-code': run.error.code }),
  };
}
