import * as z from 'zod/mini';
import { type CommitSha, isCommitSha } from './commit-sha.ts';
import type { GitEvent } from './git-event.ts';
import { parseGitRef } from './git-ref.ts';
import { parseEvent } from './parse-event.ts';

const text = z.string().check(z.minLength(1));
const sha = z.custom<CommitSha>((value) => typeof value === 'string' && isCommitSha(value), 'is not a full commit SHA');
const fullRef = z.string().check(z.refine(isFullRef, 'is not a full ref such as refs/heads/main'));

const headCommit = z.object({
  sha,
  subject: z.string(),
  authorName: z.string(),
  authorEmail: z.string(),
  committedAt: z.string(),
});

const pullRequest = z.object({
  number: z.int(),
  action: z.enum(['opened', 'updated', 'closed', 'merged']),
  sourceRef: z.string(),
  targetRef: z.string(),
  headSha: z.exactOptional(sha),
  fromFork: z.boolean(),
});

/** Fields that a later version may add are let through unread. */
const shape = z
  .object({
    schemaVersion: z.literal(1),
    deliveryId: text,
    connection: text,
    provider: text,
    repository: z.object({
      host: text,
      path: text,
      name: z.string(),
      sshUrl: z.string(),
      httpsUrl: z.string(),
      webUrl: z.string(),
    }),
    ref: fullRef,
    refType: z.enum(['branch', 'tag', 'other']),
    refName: z.string(),
    before: z.exactOptional(sha),
    after: z.exactOptional(sha),
    created: z.boolean(),
    deleted: z.boolean(),
    forced: z.boolean(),
    headCommit: z.exactOptional(headCommit),
    changedPaths: z.array(z.string()),
    changedPathsComplete: z.boolean(),
    skipCi: z.boolean(),
    pullRequest: z.exactOptional(pullRequest),
  })
  .check(
    z.refine((event) => event.deleted || event.after !== undefined || event.pullRequest !== undefined, {
      path: ['after'],
      message: 'is missing, and the ref was not deleted',
    }),
  );

function isFullRef(ref: string): boolean {
  try {
    return parseGitRef(ref).text.startsWith('refs/');
  } catch {
    return false;
  }
}

/** Reads the detail of a `Git Push` or `Git Pull Request` event. Throws `events/event-invalid`. */
export function parseGitEvent(value: unknown): GitEvent {
  return parseEvent(shape, 'Git event', value);
}
