import { watchDeadline } from './custom-runner.ts';
import { isFinished, requeued } from './job-state.ts';
import type { Api } from './operation.ts';
import { runnerOf } from './runners.ts';
import { jobOfRun } from './store.ts';

/**
 * Takes up what a restart interrupted: jobs handed out and not acknowledged go back to the queue, a job in progress
 * stays its worker's, builds are asked for again, and other actions start over.
 */
export function resume(api: Api): void {
  const { store, engine } = api;
  for (const [id, job] of store.jobs.entries()) {
    if (isFinished(job)) continue;
    const next = requeued(job);
    store.jobs.set(id, next);
    watchDeadline(api, engine, next);
  }
  for (const run of store.actionRuns.values()) {
    const execution = store.executions.get(run.executionId);
    if (run.status !== 'InProgress' || execution === undefined) continue;
    if (run.typeId.owner === 'Custom' && jobOfRun(store, run.id) !== undefined) continue;
    runnerOf(api, engine, run)(execution, run);
  }
  for (const name of [...store.pipelines.values()].map((pipeline) => pipeline.declaration.name)) engine.advance(name);
}
