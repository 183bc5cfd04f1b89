import type { CodePipelineStateEvent } from '@gitsource/events';
import { consoleUrl } from './console-url.ts';
import type { Shown } from './describe-run.ts';
import { commitKey, type ShownCommit, stateShown } from './source-commit.ts';

/** One status as it is to stand beside a commit. */
export interface WantedStatus extends Shown {
  readonly commit: ShownCommit;
  readonly executionId: string;
  /** `codepipeline/app`, of a stage `codepipeline/app/Build`. */
  readonly context: string;
  readonly targetUrl: string | undefined;
  /** Of an end that a retry may undo: two of them may read alike, and something else have been shown in between. */
  readonly turn: string;
}

/** Makes the status of a pipeline, or with `stageName` of one of its stages; `turn` counts for what a retry may undo. */
export function wantedStatus(
  event: Pick<CodePipelineStateEvent, 'partition' | 'pipelineName' | 'region'>,
  { commit, executionId, shown, stageName, turn = '' }: StatusParts,
): WantedStatus {
  const { description, state } = shown;
  const isFinal = state !== 'failure' && state !== 'cancelled';
  return {
    commit,
    executionId,
    description,
    state: stateShown(commit, state),
    context: ['codepipeline', event.pipelineName, stageName ?? []].flat().join('/'),
    targetUrl: consoleUrl(event, executionId),
    turn: isFinal ? '' : turn,
  };
}

/** What a status is made of. */
export interface StatusParts {
  readonly commit: ShownCommit;
  readonly executionId: string;
  readonly shown: Shown;
  /** Absent: of the pipeline. */
  readonly stageName?: string;
  readonly turn?: string;
}

/** What a provider tells statuses apart by. */
export function statusKey({ commit, context }: WantedStatus): string {
  return JSON.stringify([commitKey(commit), context]);
}

/** Whether nothing can have changed between them. */
export function isSameStatus(one: WantedStatus | undefined, other: WantedStatus): boolean {
  return (
    one?.state === other.state &&
    one.description === other.description &&
    one.executionId === other.executionId &&
    one.turn === other.turn
  );
}
