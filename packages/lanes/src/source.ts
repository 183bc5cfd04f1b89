import type { Commit, CommitSha, GitUrl } from '@gitsource/events';
import type { ActionConfiguration } from '@gitsource/job-protocol';

/** What to fetch, and as what. */
export interface SourceRequest extends ActionConfiguration {
  /** Default: the newest of `ref`. */
  readonly pinnedCommit?: CommitSha;
  /** Where the lane connects to, if not to `gitUrl`, which is what the connection has to serve. */
  readonly remote?: GitUrl;
  /** The path that the connection has to allow, if not that of `gitUrl`. */
  readonly repositoryPath?: string;
}

/** A commit, and its zip. */
export interface Source {
  readonly commit: Commit;
  /** The full ref that the commit was taken from. */
  readonly refName: string;
  /** `refName` as people write it: `main`, `v1`. */
  readonly branchName: string;
  /** To be read once. */
  readonly zip: AsyncIterable<Uint8Array>;
}

/** Does something with a source, which is there until that has ended. */
export type UseSource<T> = (source: Source) => Promise<T>;
