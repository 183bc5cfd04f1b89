import type { GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createArchive } from '../create-archive.ts';
import { hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';

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
});

/** Clone URLs have `scm/` before the path. */
export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  const [project, repository, ...rest] =
    pathParts[0] === 'scm' && pathParts.length === 3 ? pathParts.slice(1) : pathParts;
  if (project === undefined || repository === undefined || rest.length > 0) return undefined;
  const server = trimApiUrl(connection.apiUrl ?? `https://${hostOf(connection)}`, /\/rest(?:\/api(?:\/[^/]+)?)?$/);
  const apiUrl = `${server}/rest/api/latest`;
  const repositoryUrl = `${apiUrl}/projects/${encodeURIComponent(project)}/repos/${encodeURIComponent(repository)}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/commits/${commit}`,
    archiveUrl: (commit) => `${repositoryUrl}/archive?at=${commit}&format=zip`,
  };
}

/**
 * The newest commit of a full ref, which tells a branch from a tag and is peeled. `…/branches` and `…/tags` only filter by a part of
 * the name, and `…/commits/{ref}` takes no refs.
 */
async function findCommit({ place, read }: ApiSession, { text }: GitRef): Promise<string | undefined> {
  const url = `${place.repositoryUrl}/commits?until=${encodeURIComponent(text)}&limit=1`;
  return (await read(url, schema.commits))?.values[0]?.id;
}
