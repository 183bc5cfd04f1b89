import { type Call, type Operation, type Permission, ServiceError } from '../cloud/service.ts';
import type { Engine } from './engine-contract.ts';
import type { ActionRunRecord, ExecutionRecord, PipelineRecord } from './records.ts';
import type { Context } from './store.ts';

/** What an operation's code is given. */
export interface Api extends Context {
  readonly engine: Engine;
}

/** One operation from who may call it and what it does. */
export function operation<I, O>(
  permissions: (input: I) => readonly Permission[],
  run: (input: I, call: Call) => O | Promise<O>,
): Operation<I, O> {
  return { permissions, run: async (input, call) => run(input, call) };
}

export function allow(action: string, resource = '*'): readonly Permission[] {
  return [{ action: `codepipeline:${action}`, resource }];
}

export function pipelineNamed(api: Context, name: string | undefined): PipelineRecord {
  const record = api.store.pipelines.get(name ?? '');
  if (record !== undefined) return record;
  throw new ServiceError(
    'PipelineNotFoundException',
    `Account '${api.cloud.accountId}' does not have a pipeline with name '${name}'`,
  );
}

export function executionNamed(
  api: Context,
  pipelineName: string | undefined,
  id: string | undefined,
): ExecutionRecord {
  pipelineNamed(api, pipelineName);
  const execution = api.store.executions.get(id ?? '');
  if (execution !== undefined && execution.pipelineName === pipelineName) return execution;
  throw new ServiceError(
    'PipelineExecutionNotFoundException',
    `The pipeline '${pipelineName}' does not have a pipeline execution with ID '${id}'`,
  );
}

export function actionRunsOf(api: Context, pipelineName: string): ActionRunRecord[] {
  return [...api.store.actionRuns.values()].filter((run) => run.pipelineName === pipelineName);
}
