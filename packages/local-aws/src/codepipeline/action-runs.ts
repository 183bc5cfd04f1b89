import { emitAction } from './emit-events.ts';
import { isFinished } from './job-state.ts';
import type { ActionRunRecord, ExecutionRecord, RevisionRecord, StageRun } from './records.ts';
import { type Context, jobOfRun } from './store.ts';

/** How an action ended, whoever carried it out. */
export type Outcome = {
  readonly summary?: string | undefined;
  readonly externalExecutionId?: string | undefined;
  readonly externalExecutionUrl?: string | undefined;
  readonly percentComplete?: number | undefined;
  readonly updatedBy?: string | undefined;
} & (
  | {
      readonly status: 'Succeeded';
      readonly outputVariables?: Record<string, string> | undefined;
      readonly revision?: Omit<RevisionRecord, 'actionName'> | undefined;
    }
  /** `code`: `JobFailed`, `ConfigurationError`, … */
  | { readonly status: 'Failed'; readonly error: { code: string; message: string } }
);

/** Records the end of an action once; a late or second end changes nothing and gives undefined. */
export function finishRun(context: Context, runId: string, outcome: Outcome): ExecutionRecord | undefined {
  const { store } = context;
  const run = store.actionRuns.get(runId);
  const execution = run && store.executions.get(run.executionId);
  if (run === undefined || execution === undefined || run.status !== 'InProgress') return undefined;

  run.status = outcome.status;
  describe(run, outcome);
  if (outcome.status === 'Failed') run.error = outcome.error;
  else succeed(execution, run, outcome.outputVariables ?? {}, outcome.revision);
  save(context, run);
  store.executions.set(execution.id, execution);
  emitAction(context, execution, run, outcome.status === 'Failed' ? 'FAILED' : 'SUCCEEDED');
  return execution;
}

/** What is known of an action's outside work, while it runs or when it ends. */
export function describe(
  run: ActionRunRecord,
  outcome: Pick<Outcome, 'summary' | 'externalExecutionId' | 'externalExecutionUrl' | 'percentComplete' | 'updatedBy'>,
): void {
  if (outcome.summary !== undefined) run.summary = outcome.summary;
  if (outcome.externalExecutionId !== undefined) run.externalExecutionId = outcome.externalExecutionId;
  if (outcome.externalExecutionUrl !== undefined) run.externalExecutionUrl = outcome.externalExecutionUrl;
  if (outcome.percentComplete !== undefined) run.percentComplete = outcome.percentComplete;
  if (outcome.updatedBy !== undefined) run.updatedBy = outcome.updatedBy;
}

function succeed(
  execution: ExecutionRecord,
  run: ActionRunRecord,
  variables: Record<string, string>,
  revision: Omit<RevisionRecord, 'actionName'> | undefined,
): void {
  run.outputVariables = variables;
  if (run.namespace !== undefined) execution.namespaces[run.namespace] = variables;
  for (const output of run.outputs) execution.artifacts[output.name] = output;
  if (revision === undefined) return;
  run.revision = { ...revision, actionName: run.actionName };
  for (const output of run.outputs) execution.revisions[output.name] = run.revision;
}

/** Ends the bookkeeping of what still runs in a stage; the workers are not asked, their results will find no job. */
export function abandonRuns(context: Context, execution: ExecutionRecord, stageRun: StageRun): void {
  for (const id of Object.values(stageRun.actions)) {
    const run = context.store.actionRuns.get(id);
    if (run === undefined || run.status !== 'InProgress') continue;
    run.status = 'Abandoned';
    save(context, run);
    const job = jobOfRun(context.store, id);
    if (job !== undefined && !isFinished(job)) context.store.jobs.set(job.id, { ...job, status: 'Failed' });
    emitAction(context, execution, run, 'ABANDONED');
  }
}

function save(context: Context, run: ActionRunRecord): void {
  run.lastUpdateTime = context.cloud.now();
  context.store.actionRuns.set(run.id, run);
}
