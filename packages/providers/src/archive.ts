import type { Commit, CommitSha } from '@gitsource/events';
import type { RepositoryQuery } from './repository-query.ts';

/** Gives a repository's files as a zip, over the provider's HTTP API. */
export interface Archive {
  /**
   * The commit that a full ref (`refs/heads/main`, `refs/tags/v1`) has now, tags peeled, or `pinned`; undefined where there
   * is no such ref in the repository. Throws `providers/*` (`-commit-not-on-ref`), `runtime/api-*`, `events/ref-invalid`.
   */
  resolveRef(query: RefQuery): Promise<CommitSha | undefined>;
  /**
   * What a commit says of itself. Its `sha` is another than the one asked for where that is an annotated tag's, and the server
   * peels it. Throws `providers/*` (`-commit-missing`), `runtime/api-*`.
   */
  readCommit(query: ArchiveQuery): Promise<Commit>;
  /**
   * The zip of exactly this commit. It fails before the first byte where that can be known (`providers/*`,
   * `runtime/api-*`); once it has begun, its `body` throws what breaks it.
   */
  open(query: ArchiveQuery): Promise<OpenArchive>;
}

export interface RefQuery extends RepositoryQuery {
  readonly ref: string;
  /** A commit to take instead of the newest; the ref's history must have it. Or the SHA of the ref's annotated tag: its commit. */
  readonly pinned?: CommitSha | undefined;
}

export interface ArchiveQuery extends RepositoryQuery {
  readonly commit: CommitSha;
}

export interface OpenArchive {
  /** Begins like a zip. To be read once; its end is the true end of the archive, or it throws. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether all entries lie in one folder that is no part of the repository. */
  readonly topFolder: 'strip' | 'none';
}
