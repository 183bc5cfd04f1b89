import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { type CommitFields, personFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { encodeParts, hostOf, type RepositoryPlace, trimApiUrl } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';

/** Servers of one's own take the versions before theirs, too. */
const API_VERSION = 'api-version=6.0';

/**
 * The root folder as a zip, with the modes of Unix. https://learn.microsoft.com/rest/api/azure/devops/git/items/list. No top folder (as public
 * clients read it; unconfirmed in the documentation). Git LFS files are pointers.
 */
export const archive = createArchive({
  server: 'Azure DevOps',
  needed: 'a personal access token with the scope Code (read), of a user who may read this repository',
  pathForm: 'organization/project/_git/repository',
  topFolder: 'none',
  // Without the second, a wrong token may be sent on to a page to sign in (second hand).
  headers: { accept: `application/json;${API_VERSION}`, 'x-tfs-fedauthredirect': 'Suppress' },
  authorize,
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

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

/** The filter is how a name begins, so the whole name is the first. */
async function findCommit({ place, read }: ApiSession, { text }: GitRef): Promise<FoundCommit | undefined> {
  const filter = encodeURIComponent(text.replace(/^refs\//, ''));
  const url = `${place.repositoryUrl}/refs?filter=${filter}&peelTags=true&$top=100`;
  const found = (await read(url, schema.refs))?.value.find(({ name }) => name === text);
  return found && { sha: found.peeledObjectId ?? found.objectId, tagObject: found.objectId };
}

/** https://learn.microsoft.com/rest/api/azure/devops/git/diffs/get: the newest commit that both have. */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const versions = `baseVersionType=commit&baseVersion=${tip}&targetVersionType=commit&targetVersion=${commit}`;
  const difference = await read(
    `${place.repositoryUrl}/diffs/commits?${versions}&$top=1`,
    schema.difference,
    COMMIT_ABSENT,
  );
  return difference?.commonCommit === commit;
}

async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  return found && { sha: found.commitId, message: found.comment, ...personFields(found.author, found.committer) };
}
