import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { type CommitFields, personFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';
import { HEADERS, locate } from './locate.ts';

/**
 * The root folder as a zip, with the modes of Unix. https://learn.microsoft.com/rest/api/azure/devops/git/items/list. No top folder (as public
 * clients read it; unconfirmed in the documentation). Git LFS files are pointers.
 */
export const archive = createArchive({
  server: 'Azure DevOps',
  needed: 'a personal access token with the scope Code (read), of a user who may read this repository',
  pathForm: 'organization/project/_git/repository',
  topFolder: 'none',
  headers: HEADERS,
  authorize,
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

/** The filter is how a name begins, so the whole name is the first. */
async function findCommit({ place, read }: ApiSession, { text }: GitRef): Promise<FoundCommit | undefined> {
  const filter = encodeURIComponent(text.replace(/^refs\//, ''));
  const url = `${place.repositoryUrl}/refs?filter=${filter}&peelTags=true&$top=100`;
  const found = (await read(url, schema.refs))?.value.find(({ name }) => name === text);
  return found && { sha: found.peeledObjectId ?? found.objectId, tagObject: found.objectId };
}

/** https://learn.microsoft.com/rest/api/azure/devops/git/diffs/get: the newest commit that both have. */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const versions = `baseVersionType=commit&baseVersion=${tip}&targetVersionType=commit&targetVersion=${commit}`;
  const difference = await read(
    `${place.repositoryUrl}/diffs/commits?${versions}&$top=1`,
    schema.difference,
    COMMIT_ABSENT,
  );
  return difference?.commonCommit === commit;
}

async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  const { author, comment: message, commitId: sha, committer, treeId } = found;
  return { sha, message, treeId, ...personFields(author, committer) };
}
