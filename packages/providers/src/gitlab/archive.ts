import type { GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createArchive } from '../create-archive.ts';
import type { RepositoryPlace } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import * as schema from './api-schema.ts';
import { serverUrlOf } from './api-url.ts';
import { authorize, hasCredentials } from './auth.ts';

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
});

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  if (pathParts.length < 2) return undefined;
  const apiUrl = `${serverUrlOf(connection)}/api/v4`;
  // The API takes a path for the number of a project, as one part.
  const repositoryUrl = `${apiUrl}/projects/${encodeURIComponent(pathParts.join('/'))}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/repository/commits/${commit}`,
    archiveUrl: (commit) => `${repositoryUrl}/repository/archive.zip?sha=${commit}`,
  };
}

async function findCommit({ place, read }: ApiSession, { kind, shortName, text }: GitRef): Promise<string | undefined> {
  const below = `${place.repositoryUrl}/repository`;
  // `refs/merge-requests/7/head` and others; that this API takes a full ref is unconfirmed.
  if (kind === 'other') return (await read(`${below}/commits/${encodeURIComponent(text)}`, schema.commit))?.id;
  const url = `${below}/${kind === 'tag' ? 'tags' : 'branches'}/${encodeURIComponent(shortName)}`;
  return (await read(url, schema.refWithCommit))?.commit.id;
}
