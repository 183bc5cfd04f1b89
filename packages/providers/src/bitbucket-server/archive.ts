import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import type { CommitFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/**
 * `…/archive?at=&format=zip` of https://developer.atlassian.com/server/bitbucket/rest/, from version 5.1 on. No top folder where no prefix
 * is asked for. That an administrator can switch it off is unconfirmed.
 */
export const archive = createArchive({
  server: 'Bitbucket',
  needed: 'an HTTP access token with the permission Repository read',
  pathForm: 'PROJECT/repository, or ~user/repository',
  topFolder: 'none',
  // Answers of an error are XML for who does not ask for JSON.
  headers: { accept: 'application/json' },
  authorize,
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

/**
 * The newest commit of a full ref, which tells a branch from a tag and is peeled. `…/branches` and `…/tags` only filter by a part of
 * the name, and `…/commits/{ref}` takes no refs.
 */
async function findCommit({ place, read }: ApiSession, { text }: GitRef): Promise<FoundCommit | undefined> {
  const url = `${place.repositoryUrl}/commits?until=${encodeURIComponent(text)}&limit=1`;
  const sha = (await read(url, schema.commits))?.values[0]?.id;
  return sha === undefined ? undefined : { sha };
}

/** It has nothing that `tip` does not have. (That there is an endpoint for the merge base depends on the version.) */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const url = `${place.repositoryUrl}/commits?until=${commit}&since=${tip}&limit=1`;
  return (await read(url, schema.commits, COMMIT_ABSENT))?.values.length === 0;
}

/** Of an author who is a user of the server, `name` is the user's, and `displayName` what people call them. */
async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  const { author, authorTimestamp, committerTimestamp = authorTimestamp, id: sha, message } = found;
  return {
    sha,
    message,
    authorName: author.displayName ?? author.name ?? '',
    authorEmail: author.emailAddress ?? '',
    authorDate: authorTimestamp,
    committerDate: committerTimestamp,
  };
}
