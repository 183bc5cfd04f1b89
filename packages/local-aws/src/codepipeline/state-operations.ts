import type {
  DisableStageTransitionCommandInput,
  EnableStageTransitionCommandInput,
  GetPipelineStateCommandInput,
  GetPipelineStateOutput,
  StageState,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { actionState } from './action-state.ts';
import { pipelineArn } from './arns.ts';
import { type Api, allow, operation, pipelineNamed } from './operation.ts';
import type { ExecutionRecord, PipelineRecord } from './records.ts';
import { executionsOf } from './store.ts';

export function stateOperations(api: Api) {
  const { cloud, store } = api;
  return {
    GetPipelineState: operation(
      (input: GetPipelineStateCommandInput) => allow('GetPipelineState', pipelineArn(cloud, input.name ?? '')),
      (input): GetPipelineStateOutput => pipelineState(api, pipelineNamed(api, input.name)),
    ),
    DisableStageTransition: operation(
      (input: DisableStageTransitionCommandInput) =>
        allow('DisableStageTransition', pipelineArn(cloud, input.pipelineName ?? '', input.stageName ?? '')),
      (input, call): void => {
        const pipeline = transitionOf(api, input);
        const reason = input.reason ?? '';
        if (!/^[a-zA-Z0-9!@ ().*?-]{1,300}$/.test(reason)) {
          throw new ServiceError(
            'ValidationException',
            'reason must be 1 to 300 of letters, digits, space and !@().*?-',
          );
        }
        pipeline.closedTransitions[input.stageName ?? ''] = { reason, at: cloud.now(), by: call.principal.arn };
        store.pipelines.set(pipeline.declaration.name, pipeline);
      },
    ),
    EnableStageTransition: operation(
      (input: EnableStageTransitionCommandInput) =>
        allow('EnableStageTransition', pipelineArn(cloud, input.pipelineName ?? '', input.stageName ?? '')),
      (input): void => {
        const pipeline = transitionOf(api, input);
        delete pipeline.closedTransitions[input.stageName ?? ''];
        store.pipelines.set(pipeline.declaration.name, pipeline);
        api.engine.advance(pipeline.declaration.name);
      },
    ),
  };
}

function transitionOf(
  api: Api,
  input: EnableStageTransitionCommandInput | DisableStageTransitionCommandInput,
): PipelineRecord {
  const pipeline = pipelineNamed(api, input.pipelineName);
  const index = pipeline.declaration.stages.findIndex((stage) => stage.name === input.stageName);
  if (index < 0) {
    throw new ServiceError(
      'StageNotFoundException',
      `Pipeline '${input.pipelineName}' has no stage '${input.stageName}'.`,
    );
  }
  if (input.transitionType !== 'Inbound' || index === 0) {
    throw new ServiceError(
      'ValidationException',
      'Only inbound transitions of the second and later stages can be opened and closed here.',
    );
  }
  return pipeline;
}

function pipelineState(api: Api, pipeline: PipelineRecord): GetPipelineStateOutput {
  const executions = executionsOf(api.store, pipeline.declaration.name).sort((a, b) => a.sequence - b.sequence);
  return {
    pipelineName: pipeline.declaration.name,
    pipelineVersion: pipeline.declaration.version,
    stageStates: pipeline.declaration.stages.map((_, index) => stageState(api, pipeline, executions, index)),
    created: new Date(pipeline.created),
    updated: new Date(pipeline.updated),
  };
}

function stageState(
  api: Api,
  pipeline: PipelineRecord,
  executions: readonly ExecutionRecord[],
  index: number,
): StageState {
  const stage = pipeline.declaration.stages[index];
  const name = stage?.name ?? '';
  const waiting = executions.filter((e) => e.phase === 'waiting' && e.stageIndex === index);
  const inbound = waiting.map((e) => ({ pipelineExecutionId: e.id, status: 'InProgress' as const }));
  const entered = executions.filter((e) => e.stages.some((s) => s.name === name)).at(-1);
  const stageRun = entered?.stages.findLast((s) => s.name === name);
  const closed = pipeline.closedTransitions[name];
  return {
    stageName: name,
    ...(inbound.at(-1) === undefined ? {} : { inboundExecution: inbound.at(-1), inboundExecutions: inbound }),
    inboundTransitionState:
      closed === undefined
        ? { enabled: true }
        : {
            enabled: false,
            lastChangedBy: closed.by,
            lastChangedAt: new Date(closed.at),
            disabledReason: closed.reason,
          },
    actionStates: (stage?.actions ?? []).map((action) => actionState(api, action, stageRun)),
    ...(entered === undefined || stageRun === undefined
      ? {}
      : { latestExecution: { pipelineExecutionId: entered.id, status: stageRun.status } }),
  };
}
