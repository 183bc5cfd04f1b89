import { ParseError, shown } from './errors.ts';

/** A full commit SHA: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type CommitSha = string & { readonly __brand: 'CommitSha' };

const COMMIT_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function isCommitSha(text: string): text is CommitSha {
  return COMMIT_SHA.test(text);
}

/** Reads a full SHA, upper case allowed, space around it ignored. Throws `events/commit-sha-invalid`. */
export function parseCommitSha(text: string): CommitSha {
  const sha = text.trim().toLowerCase();
  if (isCommitSha(sha)) return sha;
  throw new ParseError(
    'events/commit-sha-invalid',
    `${shown(text)} is not a full commit SHA. Give all 40 (or 64) hex digits, as \`git rev-parse\` prints them.`,
  );
}
