import { encodeParts, hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';

/** Without what nobody reads here: of a large commit it is long, and takes the server its time. */
export const BRIEF = 'stat=false&verification=false&files=false';

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  if (pathParts.length !== 2) return undefined;
  const apiUrl = `${trimApiUrl(connection.apiUrl ?? `https://${hostOf(connection)}`, /\/api\/v1$/)}/api/v1`;
  const repositoryUrl = `${apiUrl}/repos/${encodeParts(pathParts.join('/'))}`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/git/commits/${commit}?${BRIEF}`,
    archiveUrl: (commit) => `${repositoryUrl}/archive/${commit}.zip`,
  };
}
