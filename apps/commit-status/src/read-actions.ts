import { type ActionExecutionDetail, ListActionExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** Of 500 actions at most, each perhaps retried. */
const MAX_PAGES = 20;

/**
 * The newest attempt at each action of an execution; none where the execution is gone.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function readActions(
  { codePipeline }: Pick<Ports, 'codePipeline'>,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<readonly ActionExecutionDetail[]> {
  const newest = new Map<string, ActionExecutionDetail>();
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const filter = { pipelineExecutionId };
    const command = new ListActionExecutionsCommand({ pipelineName, filter, nextToken });
    const answer = await codePipeline.send(command).catch((error: unknown) => {
      if (/^Pipeline(?:Execution)?NotFoundException$/.test(readAwsFailure(error)?.name ?? '')) return undefined;
      throw awsCallError('codepipeline:ListActionExecutions', pipelineName, error);
    });
    for (const detail of answer?.actionExecutionDetails ?? []) {
      const key = JSON.stringify([detail.stageName, detail.actionName]);
      const kept = newest.get(key);
      if (kept === undefined || startOf(kept) < startOf(detail)) newest.set(key, detail);
    }
    nextToken = answer?.nextToken;
    if (nextToken === undefined) break;
  }
  return [...newest.values()];
}

function startOf({ startTime }: ActionExecutionDetail): number {
  return startTime?.getTime() ?? 0;
}

/** Where an execution failed. */
export interface FailedAction {
  readonly stageName: string;
  readonly actionName: string;
}

/** Of several actions that failed, the one that did so first: it is the cause more often than another. */
export function findFailedAction(actions: readonly ActionExecutionDetail[]): FailedAction | undefined {
  const failed = actions.filter(({ status }) => status === 'Failed');
  const [first] = failed.toSorted((one, other) => endOf(one) - endOf(other));
  return first && { stageName: first.stageName ?? '', actionName: first.actionName ?? '' };
}

function endOf({ lastUpdateTime }: ActionExecutionDetail): number {
  return lastUpdateTime?.getTime() ?? 0;
}
