import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import type { CommitFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/**
 * https://docs.gitlab.com/api/repositories/#get-file-archive: streamed, five a minute and user on GitLab.com. One top folder,
 * `shop-<sha>-<sha>` (form unconfirmed). Git LFS files are there as themselves.
 */
export const archive = createArchive({
  server: 'GitLab',
  needed:
    'a personal, project or group access token with the scope read_api, and at least the role Reporter in the project',
  pathForm: 'group/project, with all groups above',
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
  const below = `${place.repositoryUrl}/repository`;
  // `refs/merge-requests/7/head` and others; that this API takes a full ref is unconfirmed.
  if (kind === 'other') {
    const sha = (await read(`${below}/commits/${encodeURIComponent(text)}`, schema.commitId))?.id;
    return sha === undefined ? undefined : { sha };
  }
  const url = `${below}/${kind === 'tag' ? 'tags' : 'branches'}/${encodeURIComponent(shortName)}`;
  const found = await read(url, schema.refWithCommit);
  return found && { sha: found.commit.id, tagObject: found.target };
}

/** https://docs.gitlab.com/api/repositories/#get-the-common-ancestor */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const url = `${place.repositoryUrl}/repository/merge_base?refs[]=${tip}&refs[]=${commit}`;
  return (await read(url, schema.commitId, COMMIT_ABSENT))?.id === commit;
}

async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  return {
    sha: found.id,
    message: found.message,
    authorName: found.author_name,
    authorEmail: found.author_email,
    authorDate: found.authored_date,
    committerDate: found.committed_date,
  };
}
