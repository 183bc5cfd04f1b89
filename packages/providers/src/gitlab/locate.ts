import type { RepositoryPlace } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { serverUrlOf } from './api-url.ts';

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
