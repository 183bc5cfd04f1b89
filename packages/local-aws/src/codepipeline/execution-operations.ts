import type {
  GetPipelineExecutionCommandInput,
  GetPipelineExecutionOutput,
  ListActionExecutionsCommandInput,
  ListActionExecutionsOutput,
  ListPipelineExecutionsCommandInput,
  ListPipelineExecutionsOutput,
  RetryStageExecutionCommandInput,
  RetryStageExecutionOutput,
  StartPipelineExecutionCommandInput,
  StartPipelineExecutionOutput,
  StopPipelineExecutionCommandInput,
  StopPipelineExecutionOutput,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { pipelineArn } from './arns.ts';
import { actionDetailView, executionSummary, executionView } from './execution-view.ts';
import { type Api, actionRunsOf, allow, executionNamed, operation, pipelineNamed } from './operation.ts';
import { paginate } from './paginate.ts';
import { startExecution } from './start-execution.ts';
import { executionsOf } from './store.ts';

export function executionOperations(api: Api) {
  const on = (action: string, ...path: (string | undefined)[]) =>
    allow(action, pipelineArn(api.cloud, ...path.map((part) => part ?? '')));
  return {
    StartPipelineExecution: operation(
      (input: StartPipelineExecutionCommandInput) => on('StartPipelineExecution', input.name),
      (input, call): StartPipelineExecutionOutput => ({
        pipelineExecutionId: startExecution(api, input, call.principal).id,
      }),
    ),
    StopPipelineExecution: operation(
      (input: StopPipelineExecutionCommandInput) => on('StopPipelineExecution', input.pipelineName),
      (input): StopPipelineExecutionOutput => stop(api, input),
    ),
    RetryStageExecution: operation(
      (input: RetryStageExecutionCommandInput) => on('RetryStageExecution', input.pipelineName, input.stageName),
      (input): RetryStageExecutionOutput => retry(api, input),
    ),
    GetPipelineExecution: operation(
      (input: GetPipelineExecutionCommandInput) => on('GetPipelineExecution', input.pipelineName),
      (input): GetPipelineExecutionOutput => ({
        pipelineExecution: executionView(executionNamed(api, input.pipelineName, input.pipelineExecutionId)),
      }),
    ),
    ListPipelineExecutions: operation(
      (input: ListPipelineExecutionsCommandInput) => on('ListPipelineExecutions', input.pipelineName),
      (input): ListPipelineExecutionsOutput => listExecutions(api, input),
    ),
    ListActionExecutions: operation(
      (input: ListActionExecutionsCommandInput) => on('ListActionExecutions', input.pipelineName),
      (input): ListActionExecutionsOutput => listActions(api, input),
    ),
  };
}

function stop(api: Api, input: StopPipelineExecutionCommandInput): StopPipelineExecutionOutput {
  const execution = executionNamed(api, input.pipelineName, input.pipelineExecutionId);
  const abandon = input.abandon === true;
  if (execution.phase === 'ended') {
    const message = `Execution ${execution.id} is ${execution.status} and cannot be stopped.`;
    throw new ServiceError('PipelineExecutionNotStoppableException', message);
  }
  if (execution.stop !== undefined && (execution.stop.abandon || !abandon)) {
    throw new ServiceError('DuplicatedStopRequestException', `Execution ${execution.id} is already stopping.`);
  }
  if ((input.reason ?? '').length > 200)
    throw new ServiceError('ValidationException', 'reason may have 200 characters.');
  api.engine.stop(execution, abandon, input.reason);
  return { pipelineExecutionId: execution.id };
}

function retry(api: Api, input: RetryStageExecutionCommandInput): RetryStageExecutionOutput {
  const execution = executionNamed(api, input.pipelineName, input.pipelineExecutionId);
  const pipeline = pipelineNamed(api, input.pipelineName);
  if (!pipeline.declaration.stages.some((stage) => stage.name === input.stageName)) {
    throw new ServiceError(
      'StageNotFoundException',
      `Pipeline '${input.pipelineName}' has no stage '${input.stageName}'.`,
    );
  }
  const last = execution.stages.at(-1);
  const retryable = execution.status === 'Failed' || execution.status === 'Stopped';
  if (!retryable || last === undefined || last.name !== input.stageName) {
    const message = `Stage '${input.stageName}' of execution ${execution.id} did not fail there, so it cannot be retried.`;
    throw new ServiceError('StageNotRetryableException', message);
  }
  const newer = executionsOf(api.store, execution.pipelineName).some(
    (other) => other.sequence > execution.sequence && other.stages.some((stage) => stage.name === last.name),
  );
  if (newer && execution.mode !== 'PARALLEL') {
    const message = `A newer execution has entered stage '${input.stageName}'; only the latest can be retried.`;
    throw new ServiceError('NotLatestPipelineExecutionException', message);
  }
  if (pipeline.declaration.version !== execution.pipelineVersion) {
    const message = `The pipeline was changed after execution ${execution.id}; start a new one.`;
    throw new ServiceError('PipelineExecutionOutdatedException', message, 400);
  }
  api.engine.retry(execution, input.retryMode !== 'ALL_ACTIONS');
  return { pipelineExecutionId: execution.id };
}

function listExecutions(api: Api, input: ListPipelineExecutionsCommandInput): ListPipelineExecutionsOutput {
  pipelineNamed(api, input.pipelineName);
  const stage = input.filter?.succeededInStage?.stageName;
  const all = executionsOf(api.store, input.pipelineName ?? '')
    .filter((e) => stage === undefined || e.stages.some((s) => s.name === stage && s.status === 'Succeeded'))
    .sort((a, b) => b.sequence - a.sequence);
  const page = paginate(all, input.nextToken, input.maxResults);
  return { pipelineExecutionSummaries: page.items.map(executionSummary), ...page.next };
}

function listActions(api: Api, input: ListActionExecutionsCommandInput): ListActionExecutionsOutput {
  pipelineNamed(api, input.pipelineName);
  const id = input.filter?.pipelineExecutionId ?? input.filter?.latestInPipelineExecution?.pipelineExecutionId;
  if (id !== undefined) executionNamed(api, input.pipelineName, id);
  const all = actionRunsOf(api, input.pipelineName ?? '')
    .filter((run) => id === undefined || run.executionId === id)
    .sort((a, b) => b.sequence - a.sequence);
  const page = paginate(all, input.nextToken, input.maxResults);
  return { actionExecutionDetails: page.items.map((run) => actionDetailView(api, run)), ...page.next };
}
