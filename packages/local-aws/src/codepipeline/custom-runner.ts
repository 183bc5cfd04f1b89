import { randomUUID } from 'node:crypto';
import type { Engine, Runner } from './engine-contract.ts';
import { isFinished, type JobRecord } from './job-state.ts';
import type { Context } from './store.ts';

/** A custom action waits in the job queue for a worker. */
export function customRunner(context: Context, engine: Engine): Runner {
  return (execution, run) => {
    queueJob(context, engine, { actionRunId: run.id, executionId: execution.id });
  };
}

export interface JobOrigin {
  readonly actionRunId: string;
  readonly executionId: string;
  readonly continuationToken?: string;
  /** Kept over continuations: the time limit is the action's. */
  readonly deadline?: number;
}

export function queueJob(context: Context, engine: Engine, origin: JobOrigin): JobRecord {
  const now = context.cloud.now();
  const job: JobRecord = {
    id: randomUUID(),
    nonce: '',
    actionRunId: origin.actionRunId,
    executionId: origin.executionId,
    status: 'Queued',
    visibleAt: now + context.times.jobVisibleAfterMs,
    deadline: origin.deadline ?? now + context.times.jobTimeoutMs,
    ...(origin.continuationToken === undefined ? {} : { continuationToken: origin.continuationToken }),
  };
  context.store.jobs.set(job.id, job);
  watchDeadline(context, engine, job);
  return job;
}

/** Times the job out at its deadline; also called for every open job after a restart. */
export function watchDeadline(context: Context, engine: Engine, { id, deadline }: JobRecord): void {
  context.timers.after(deadline - context.cloud.now(), () => {
    const job = context.store.jobs.get(id);
    if (job === undefined || isFinished(job)) return;
    context.store.jobs.set(id, { ...job, status: 'TimedOut' });
    const message = 'The action did not report a result within its time limit.';
    engine.finish(job.actionRunId, { status: 'Failed', error: { code: 'JobFailed', message } });
  });
}
