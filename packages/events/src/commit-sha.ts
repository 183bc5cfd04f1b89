/** A full commit SHA: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type CommitSha = string & { readonly __brand: 'CommitSha' };

const COMMIT_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function isCommitSha(text: string): text is CommitSha {
  return COMMIT_SHA.test(text);
}
