import type { CommitSha, CommitStatusState } from '@gitsource/events';
import type { StatusConnection } from './connection-directory.ts';
import type { SourceRepository } from './source-repository.ts';

/** What a source action brought, or is pinned to bring. */
export interface SourceCommit {
  readonly actionName: string;
  readonly repository: SourceRepository;
  readonly sha: CommitSha;
  /** As CodePipeline names it: the commit, or the version of an object. */
  readonly revisionId: string;
  /** Full ref, where it is certain. */
  readonly ref?: string;
  /** False while the source action has not succeeded. */
  readonly isFetched: boolean;
}

/** A commit and what it is shown with. */
export type ShownCommit = SourceCommit & StatusConnection;

/** The same for the same commit of the same repository, whichever source action it is of. */
export function commitKey({ connection, repository, sha }: ShownCommit): string {
  return JSON.stringify([connection.name, repository.path, sha]);
}

/** A provider that shows `running` as `pending` gets one of them only. */
export function stateShown({ connection, status }: StatusConnection, state: CommitStatusState): CommitStatusState {
  return state === 'running' && !status.showsRunning(connection) ? 'pending' : state;
}
