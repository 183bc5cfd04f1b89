import { hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';

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
