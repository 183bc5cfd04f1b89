import type { CommitSha } from '@gitsource/events';
import type { RepositoryQuery } from './repository-query.ts';

/** Gives a repository's files as a zip, over the provider's HTTP API. */
export interface Archive {
  /**
   * The commit that a full ref (`refs/heads/main`, `refs/tags/v1`) has now, tags peeled; undefined where there is no such
   * ref in the repository. Throws `providers/*`, `runtime/api-*`, `events/ref-invalid`.
   */
  resolveRef(query: RefQuery): Promise<CommitSha | undefined>;
  /**
   * The zip of exactly this commit. It fails before the first byte where that can be known (`providers/*`,
   * `runtime/api-*`); once it has begun, its `body` throws what breaks it.
   */
  open(query: ArchiveQuery): Promise<OpenArchive>;
}

export interface RefQuery extends RepositoryQuery {
  readonly ref: string;
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
