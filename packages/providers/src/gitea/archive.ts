import type { GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createArchive } from '../create-archive.ts';
import { encodeParts, hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';

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
});

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  if (pathParts.length !== 2) return undefined;
  const apiUrl = `${trimApiUrl(connection.apiUrl ?? `https://${hostOf(connection)}`, /\/api\/v1$/)}/api/v1`;
  const repositoryUrl = `${apiUrl}/repos/${encodeParts(pathParts.join('/'))}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/git/commits/${commit}`,
    archiveUrl: (commit) => `${repositoryUrl}/archive/${commit}.zip`,
  };
}

async function findCommit({ place, read }: ApiSession, { kind, shortName, text }: GitRef): Promise<string | undefined> {
  const name = encodeParts(shortName);
  if (kind === 'branch') return (await read(`${place.repositoryUrl}/branches/${name}`, schema.branch))?.commit.id;
  if (kind === 'tag') return (await read(`${place.repositoryUrl}/tags/${name}`, schema.tag))?.commit.sha;
  // `refs/pull/7/head`
  const refs = await read(`${place.repositoryUrl}/git/refs/${name.replace(/^refs\//, '')}`, schema.refs);
  return refs?.find(({ ref, object }) => ref === text && object.type === 'commit')?.object.sha;
}
