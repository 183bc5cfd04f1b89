import type { Outcome } from './action-runs.ts';
import type { ActionRunRecord, ExecutionRecord, PipelineRecord } from './records.ts';

export interface StartRequest {
  readonly trigger: ExecutionRecord['trigger'];
  readonly variables?: Record<string, string>;
  readonly overrides?: ExecutionRecord['overrides'];
  readonly clientRequestToken?: string;
}

/** Moves executions through their pipelines. Each method leaves the store consistent before it returns. */
export interface Engine {
  start(pipeline: PipelineRecord, request: StartRequest): ExecutionRecord;
  /** Lets waiting executions into free stages; called after everything that could free one. */
  advance(pipelineName: string): void;
  finish(runId: string, outcome: Outcome): void;
  stop(execution: ExecutionRecord, abandon: boolean, reason: string | undefined): void;
  retry(execution: ExecutionRecord, failedOnly: boolean): void;
  /** Ends every running execution of a pipeline that is deleted. */
  drop(pipelineName: string): void;
}

/** Carries out one started action; it ends by `engine.finish`. */
export type Runner = (execution: ExecutionRecord, run: ActionRunRecord) => void;
