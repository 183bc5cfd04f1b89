import type { CommitSha } from './commit-sha.ts';
import type { Repository } from './repository.ts';

/** One changed ref of one webhook delivery, the same for every provider; at most 256 KB as JSON. */
export interface GitEvent {
  readonly schemaVersion: 1;
  readonly deliveryId: string;
  /** Name of the connection that verified the delivery. */
  readonly connection: string;
  readonly provider: string;
  readonly repository: Repository;
  /** Full ref: `refs/heads/main`; of a pull request, the ref its head can be fetched from: `refs/pull/7/head`. */
  readonly ref: string;
  readonly refType: 'branch' | 'tag' | 'other';
  /** Without `refs/heads/` or `refs/tags/`; for display. */
  readonly refName: string;
  /** Absent when the ref was created, or was deleted by a provider that does not say from which commit. */
  readonly before?: CommitSha;
  /** Absent when the ref was deleted. The commit of an annotated tag where the provider names it, else the tag object. */
  readonly after?: CommitSha;
  readonly created: boolean;
  readonly deleted: boolean;
  readonly forced: boolean;
  readonly headCommit?: HeadCommit;
  readonly changedPaths: readonly string[];
  /** False when the provider or the size limit cut the list. */
  readonly changedPathsComplete: boolean;
  /** The head commit's message asks for no build: `[skip ci]`. */
  readonly skipCi: boolean;
  readonly pullRequest?: PullRequest;
}

export interface HeadCommit {
  readonly sha: CommitSha;
  readonly subject: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** ISO 8601 with offset. */
  readonly committedAt: string;
}

export interface PullRequest {
  readonly number: number;
  readonly action: 'opened' | 'updated' | 'closed' | 'merged';
  readonly sourceRef: string;
  readonly targetRef: string;
  /** Absent where the provider only sends an abbreviation (Bitbucket Cloud: 12 digits). */
  readonly headSha?: CommitSha;
  /** From another repository: its code is not trusted. */
  readonly fromFork: boolean;
}
