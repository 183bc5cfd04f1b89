import { encodeParts, type RepositoryPlace } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { apiUrlOf, siteUrlOf } from './api-url.ts';

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  if (pathParts.length !== 2) return undefined;
  const apiUrl = apiUrlOf(connection);
  const site = siteUrlOf(connection);
  const path = encodeParts(pathParts.join('/'));
  const repositoryUrl = `${apiUrl}/2.0/repositories/${path}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/commit/${commit}`,
    archiveUrl: (commit) => `${site}/${path}/get/${commit}.zip`,
    archiveBaseUrl: site,
  };
}
