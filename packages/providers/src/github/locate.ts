import { encodeParts, type RepositoryPlace } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { apiUrlOf } from './api-url.ts';

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  if (pathParts.length !== 2) return undefined;
  const apiUrl = apiUrlOf(connection);
  const repositoryUrl = `${apiUrl}/repos/${encodeParts(pathParts.join('/'))}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/git/commits/${commit}`,
    archiveUrl: (commit) => `${repositoryUrl}/zipball/${commit}`,
  };
}
