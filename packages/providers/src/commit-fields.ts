import { type Commit, isCommitSha } from '@gitsource/events';
import * as z from 'zod/mini';

/** What an API tells of a commit, before it is checked. */
export interface CommitFields extends Omit<Commit, 'sha' | 'subject' | 'treeId'> {
  readonly sha: string;
  readonly treeId?: string | undefined;
}

/** Further from 1970, in milliseconds, JavaScript has no dates. */
const MAX_TIME = 8.64e15;

/** `2026-01-31T09:15:00.000+01:00`, to the second as Git writes it. Some servers keep no offset and answer in UTC. */
export const isoDate = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((date) => date.replace(/\.\d+/, '')),
);

/** Milliseconds since 1970, as a date in UTC. */
export const timestamp = z.pipe(
  z.number().check(z.gte(-MAX_TIME), z.lte(MAX_TIME)),
  z.transform((ms) => new Date(ms).toISOString().replace(/\.\d+/, '')),
);

/** Author or committer, as most APIs write one. */
export const person = z.object({ name: z.optional(z.string()), email: z.optional(z.string()), date: isoDate });

/** The fields of a commit whose author and committer are written so. */
export function personFields(author: z.output<typeof person>, committer: z.output<typeof person>) {
  return {
    authorName: author.name ?? '',
    authorEmail: author.email ?? '',
    authorDate: author.date,
    committerDate: committer.date,
  };
}

/** The commit as Git would tell of it; `undefined` where its SHA is no whole one. */
export function toCommit({ sha, message: text, treeId, ...fields }: CommitFields): Commit | undefined {
  if (!isCommitSha(sha)) return undefined;
  const message = text.replace(/\n+$/, '');
  // All IDs of Git have one form.
  const tree = treeId !== undefined && isCommitSha(treeId) ? { treeId } : {};
  return { ...fields, ...tree, sha, message, subject: message.split('\n', 1)[0] ?? '' };
}
