import { encodeParts, hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';

/** Servers of one's own take the versions before theirs, too. */
const API_VERSION = 'api-version=6.0';

/** Without the second, a wrong token may be sent on to a page to sign in (second hand). */
export const HEADERS = { accept: `application/json;${API_VERSION}`, 'x-tfs-fedauthredirect': 'Suppress' } as const;

export function locate(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  const host = hostOf(connection, 'dev.azure.com').toLowerCase();
  const place = readPath(pathParts, /^[^.]+\.visualstudio\.com$/.test(host));
  if (place === undefined) return undefined;
  // SSH URLs have a host of their own.
  const server = trimApiUrl(
    connection.apiUrl ?? `https://${host.replace(/^ssh\.(?=dev\.azure\.com$)/, '')}`,
    /\/_apis$/,
  );
  const apiUrl = `${server}/${encodeParts(place.above.join('/'))}/_apis/git`;
  const repositoryUrl = `${apiUrl}/repositories/${encodeURIComponent(place.repository)}`;
  const root = `scopePath=/&download=true&$format=zip&zipForUnix=true`;
  return {
    apiUrl,
    repositoryUrl,
    commitUrl: (commit) => `${repositoryUrl}/commits/${commit}`,
    archiveUrl: (commit) =>
      `${repositoryUrl}/items?${root}&versionDescriptor.versionType=commit&versionDescriptor.version=${commit}&${API_VERSION}`,
  };
}

/**
 * Organization (or collection) and project, of a clone URL's path: `org/project/_git/repo`, `v3/org/project/repo` (SSH), or
 * `org/_git/repo`, where the project is named like its repository. On `org.visualstudio.com` the path has no organization.
 */
function readPath(
  pathParts: readonly string[],
  hostIsOrganization: boolean,
): { readonly above: readonly string[]; readonly repository: string } | undefined {
  if (pathParts[0] === 'v3' && pathParts.length === 4) {
    const [, organization = '', project = '', repository = ''] = pathParts;
    return { above: hostIsOrganization ? [project] : [organization, project], repository };
  }
  const [repository, git] = pathParts.slice(-2).toReversed();
  const above = pathParts.slice(0, -2);
  if (git !== '_git' || repository === undefined || above.includes('_git')) return undefined;
  const isProjectNamed =
    above.length > (hostIsOrganization ? 0 : 1) && above.at(-1)?.toLowerCase() !== 'defaultcollection';
  return { above: isProjectNamed ? above : [...above, repository], repository };
}
