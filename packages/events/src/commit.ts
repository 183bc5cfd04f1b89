import type { CommitSha } from './commit-sha.ts';

/** What a commit says of itself. */
export interface Commit {
  readonly sha: CommitSha;
  /** Full message, may be empty. */
  readonly message: string;
  /** First line of the message, may be empty. */
  readonly subject: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** ISO 8601 with offset, as Git prints `%aI`: `2026-01-31T09:15:00+01:00`. */
  readonly authorDate: string;
  /** ISO 8601 with offset, as Git prints `%cI`. */
  readonly committerDate: string;
  /** ID of its tree, 40 or 64 hex digits; absent where whoever told of the commit keeps that to itself. */
  readonly treeId?: string;
}
