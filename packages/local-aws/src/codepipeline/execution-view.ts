import type {
  ActionExecutionDetail,
  ArtifactDetail,
  PipelineExecution,
  PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import { actionTypeOf } from './action-types.ts';
import type { ActionRunRecord, ArtifactPlace, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

export function executionView(execution: ExecutionRecord): PipelineExecution {
  return {
    pipelineName: execution.pipelineName,
    pipelineVersion: execution.pipelineVersion,
    pipelineExecutionId: execution.id,
    status: execution.status,
    ...(execution.statusSummary === undefined ? {} : { statusSummary: execution.statusSummary }),
    artifactRevisions: Object.entries(execution.revisions).map(([name, revision]) => ({
      name,
      revisionId: revision.revisionId,
      ...(revision.changeId === undefined ? {} : { revisionChangeIdentifier: revision.changeId }),
      ...(revision.summary === undefined ? {} : { revisionSummary: revision.summary }),
      ...(revision.created === undefined ? {} : { created: new Date(revision.created) }),
      ...(revision.url === undefined ? {} : { revisionUrl: revision.url }),
    })),
    variables: Object.entries(execution.variables).map(([name, resolvedValue]) => ({ name, resolvedValue })),
    trigger: { triggerType: execution.trigger.type, triggerDetail: execution.trigger.detail },
    executionMode: execution.mode,
    executionType: 'STANDARD',
  };
}

export function executionSummary(execution: ExecutionRecord): PipelineExecutionSummary {
  const revisions = new Map(Object.values(execution.revisions).map((revision) => [revision.actionName, revision]));
  return {
    pipelineExecutionId: execution.id,
    status: execution.status,
    ...(execution.statusSummary === undefined ? {} : { statusSummary: execution.statusSummary }),
    startTime: new Date(execution.startTime),
    lastUpdateTime: new Date(execution.lastUpdateTime),
    sourceRevisions: [...revisions.values()].map((revision) => ({
      actionName: revision.actionName,
      revisionId: revision.revisionId,
      ...(revision.summary === undefined ? {} : { revisionSummary: revision.summary }),
      ...(revision.url === undefined ? {} : { revisionUrl: revision.url }),
    })),
    trigger: { triggerType: execution.trigger.type, triggerDetail: execution.trigger.detail },
    ...(execution.stop?.reason === undefined ? {} : { stopTrigger: { reason: execution.stop.reason } }),
    executionMode: execution.mode,
    executionType: 'STANDARD',
  };
}

export function actionDetailView(context: Context, run: ActionRunRecord): ActionExecutionDetail {
  return {
    pipelineExecutionId: run.executionId,
    actionExecutionId: run.id,
    pipelineVersion: run.pipelineVersion,
    stageName: run.stageName,
    actionName: run.actionName,
    startTime: new Date(run.startTime),
    lastUpdateTime: new Date(run.lastUpdateTime),
    ...(run.updatedBy === undefined ? {} : { updatedBy: run.updatedBy }),
    status: run.status,
    input: {
      actionTypeId: run.typeId,
      configuration: masked(context, run, run.configuration),
      resolvedConfiguration: masked(context, run, run.resolvedConfiguration),
      ...(run.roleArn === undefined ? {} : { roleArn: run.roleArn }),
      region: context.cloud.region,
      inputArtifacts: run.inputs.map(artifactView),
      ...(run.namespace === undefined ? {} : { namespace: run.namespace }),
    },
    output: {
      outputArtifacts: run.outputs.map(artifactView),
      executionResult: resultView(run),
      outputVariables: run.outputVariables,
    },
  };
}

/** Secret values are shown to job workers only. */
function masked(context: Context, run: ActionRunRecord, values: Record<string, string>): Record<string, string> {
  const properties = actionTypeOf(context, run.typeId)?.properties ?? [];
  const secret = new Set(properties.filter((property) => property.secret).map((property) => property.name));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, secret.has(key) ? '****' : value]));
}

function resultView(
  run: ActionRunRecord,
): NonNullable<NonNullable<ActionExecutionDetail['output']>['executionResult']> {
  const summary = run.summary ?? run.error?.message;
  return {
    ...(run.externalExecutionId === undefined ? {} : { externalExecutionId: run.externalExecutionId }),
    ...(summary === undefined ? {} : { externalExecutionSummary: summary }),
    ...(run.externalExecutionUrl === undefined ? {} : { externalExecutionUrl: run.externalExecutionUrl }),
    ...(run.error === undefined ? {} : { errorDetails: run.error }),
  };
}

function artifactView(place: ArtifactPlace): ArtifactDetail {
  return { name: place.name, s3location: { bucket: place.bucket, key: place.key } };
}
