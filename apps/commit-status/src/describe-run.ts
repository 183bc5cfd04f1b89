import type { CommitStatusState } from '@gitsource/events';
import type { FailedAction } from './read-actions.ts';
import type { Run } from './read-runs.ts';

/** What a status says. */
export interface Shown {
  readonly state: CommitStatusState;
  readonly description: string;
}

/** Final: nothing follows it. */
export const SUCCEEDED: Shown = { state: 'success', description: 'Succeeded' };
/** From the source's success to an end. */
export const RUNNING: Shown = { state: 'running', description: 'In progress' };
/** Reads as `running` does, because many providers show both alike. */
export const PENDING: Shown = { state: 'pending', description: 'In progress' };

/** What a run is shown as; `undefined` for a status that AWS has added since. `newer`: newest first. */
export function describeRun(
  run: Run,
  { failed, isFetched, newer }: { failed?: FailedAction | undefined; isFetched: boolean; newer: readonly Run[] },
): Shown | undefined {
  switch (run.status) {
    case 'Succeeded':
      return SUCCEEDED;
    case 'InProgress':
    // What runs may still end, and then the run succeeds or fails all the same.
    case 'Stopping':
      return isFetched ? RUNNING : PENDING;
    case 'Failed':
      return { state: 'failure', description: failed === undefined ? 'Failed' : describeFailure(failed) };
    case 'Stopped':
      return cancelled(run.stopReason === undefined ? 'Stopped' : `Stopped: ${run.stopReason}`);
    case 'Cancelled':
      return cancelled('Cancelled');
    case 'Superseded': {
      const by = supersededBy(run, newer);
      return cancelled(by === undefined ? 'Superseded' : `Superseded by ${by}`);
    }
    default:
      return undefined;
  }
}

function describeFailure({ actionName, stageName }: FailedAction): string {
  return stageName === actionName ? `Failed in ${stageName}` : `Failed in ${stageName}: ${actionName}`;
}

function cancelled(description: string): Shown {
  return { state: 'cancelled', description };
}

/**
 * The execution that took over: the one that CodePipeline names, or the foremost of those that were under way when it
 * happened (no API names it for certain).
 */
function supersededBy(run: Run, newer: readonly Run[]): string | undefined {
  const named = newer.find(({ executionId }) => run.statusSummary?.includes(executionId));
  const wasUnderWay = (other: Run) =>
    other.startedAtMs <= run.updatedAtMs &&
    (other.status === 'InProgress' || other.status === 'Stopping' || other.updatedAtMs >= run.updatedAtMs);
  return (named ?? newer.findLast(wasUnderWay))?.executionId;
}
