import type { ActionExecutionDetail } from '@aws-sdk/client-codepipeline';
import { RUNNING, type Shown } from './describe-run.ts';
import { findFailedAction } from './read-actions.ts';
import type { Declaration } from './read-declaration.ts';
import type { Run } from './read-runs.ts';

/** What one stage is shown as. */
export interface ShownStage extends Shown {
  readonly stageName: string;
}

/**
 * What the stages are shown as that a run has entered. A stage that is not through when its run ends shares the run's end, `ofRun`,
 * unless an action of its own has failed.
 */
export function describeStages(
  { stages }: Pick<Declaration, 'stages'>,
  actions: readonly ActionExecutionDetail[],
  run: Run,
  ofRun: Shown,
): ShownStage[] {
  const isUnderWay = run.status === 'InProgress' || run.status === 'Stopping';
  return [...stages].flatMap(([stageName, actionNames]) => {
    const own = actions.filter((action) => action.stageName === stageName);
    if (own.length === 0) return [];
    const succeeded = own.filter(({ status }) => status === 'Succeeded').map(({ actionName }) => actionName);
    if (actionNames.every((name) => succeeded.includes(name))) {
      return { stageName, state: 'success' as const, description: 'Succeeded' };
    }
    if (isUnderWay) return { stageName, ...RUNNING };
    const failed = findFailedAction(own);
    if (failed === undefined) return { stageName, ...ofRun };
    return { stageName, state: 'failure' as const, description: `Failed in ${failed.actionName}` };
  });
}
