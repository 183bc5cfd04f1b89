import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { type CommitFields, personFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { encodeParts } from '../repository-place.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';
import { BRIEF, locate } from './locate.ts';

/**
 * `repoGetArchive` of https://docs.gitea.com/api/, the same of Forgejo and Gogs. The server packs it before it answers, and may send on
 * to its object storage. One top folder, `shop/`, unless the server's PREFIX_ARCHIVE_FILES is off. Not there at all with
 * DISABLE_DOWNLOAD_SOURCE_ARCHIVES. No content of Git LFS.
 */
export const archive = createArchive({
  server: 'Gitea',
  needed: 'an access token with the scope read:repository, of a user who may read this repository',
  pathForm: 'owner/name',
  topFolder: 'strip',
  authorize,
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

async function findCommit(
  { place, read }: ApiSession,
  { kind, shortName, text }: GitRef,
): Promise<FoundCommit | undefined> {
  const name = encodeParts(shortName);
  if (kind === 'branch') {
    const branch = await read(`${place.repositoryUrl}/branches/${name}`, schema.branch);
    return branch && { sha: branch.commit.id };
  }
  if (kind === 'tag') {
    const tag = await read(`${place.repositoryUrl}/tags/${name}`, schema.tag);
    return tag && { sha: tag.commit.sha, tagObject: tag.id };
  }
  // `refs/pull/7/head`
  const refs = await read(`${place.repositoryUrl}/git/refs/${name.replace(/^refs\//, '')}`, schema.refs);
  return refs?.find(({ ref, object }) => ref === text && object.type === 'commit')?.object;
}

/** It has nothing that `tip` does not have. `not` is older than the API that compares, from Gitea 1.20 on (unconfirmed). */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const url = `${place.repositoryUrl}/commits?sha=${commit}&not=${tip}&limit=1&${BRIEF}`;
  return (await read(url, schema.commits, COMMIT_ABSENT))?.length === 0;
}

async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  const { author, committer, message, tree } = found.commit;
  return { sha: found.sha, message, treeId: tree?.sha, ...personFields(author, committer) };
}
