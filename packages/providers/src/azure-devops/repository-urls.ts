import type { GitUrl, Repository } from '@gitsource/events';
import { readCloneUrl } from '../clone-url.ts';
import { ProvidersError } from '../errors.ts';
import { repositoryOf } from '../repository-of.ts';

/**
 * Takes everything from the URL that Git clones from: `https://dev.azure.com/org/project/_git/repo` has the path
 * `org/project/_git/repo`, the same that a pipeline's `GitUrl` has. Names may hold spaces, which the path holds too.
 * Throws `providers/payload-malformed`.
 */
export function readRepository(facts: {
  readonly remoteUrl: string;
  readonly sshUrl?: string | null | undefined;
}): Repository {
  // Spaces are written both ways, by version.
  const url = facts.remoteUrl.replaceAll(' ', '%20');
  const path = repositoryPath(url);
  const place = readPlace(url);
  return repositoryOf({
    path,
    webUrl: url,
    httpsUrl: url,
    sshUrl: facts.sshUrl?.replaceAll(' ', '%20') ?? sshUrlOf(url, place),
    // The path is that of the HTTPS URL.
    namesRepository: (clone) => clone.kind === 'https' || isSshOf(clone, place, path),
  });
}

function repositoryPath(url: string): string {
  const parsed = URL.canParse(url) ? readCloneUrl(url) : undefined;
  if (parsed?.kind === 'https') return parsed.repositoryPath;
  throw new ProvidersError(
    'providers/payload-malformed',
    'The delivery cannot be used: its "remoteUrl" is no HTTPS URL of a Git repository.',
  );
}

/** A repository of Azure DevOps Services; names as the URL spells them. */
interface Place {
  readonly account: string;
  readonly project: string;
  readonly repository: string;
  readonly isOldHost: boolean;
}

/** `undefined` for servers of one's own. Of a repository that is named like its project, the URL leaves the project out. */
function readPlace(url: string): Place | undefined {
  const { hostname, pathname } = new URL(url);
  const [, above = '', repository = ''] = /^(.*)\/_git\/(.+)$/.exec(pathname) ?? [];
  const parts = above.split('/').filter((part) => part !== '' && part.toLowerCase() !== 'defaultcollection');
  const [, account] = /^([^.]+)\.visualstudio\.com$/.exec(hostname) ?? [];
  if (account !== undefined) return { account, project: parts[0] ?? repository, repository, isOldHost: true };
  if (hostname !== 'dev.azure.com') return undefined;
  const [organization = '', project = repository] = parts;
  return { account: organization, project, repository, isOldHost: false };
}

/** https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate */
function sshUrlOf(url: string, place: Place | undefined): string {
  const { hostname, pathname } = new URL(url);
  if (place === undefined) return `ssh://${hostname}:22${pathname}`;
  const { account, isOldHost } = place;
  return `${isOldHost ? `${account}@vs-ssh.visualstudio.com` : 'git@ssh.dev.azure.com'}:${sshPath(place)}`;
}

function sshPath({ account, project, repository }: Place): string {
  return `v3/${account}/${project}/${repository}`;
}

/**
 * SSH has paths of its own on the Services: `v3/org/project/repo`, and before 2018 `project/_ssh/repo` of the organization
 * that the user names. Servers of one's own take the HTTPS path, in old versions with `_ssh` in it.
 */
function isSshOf(clone: GitUrl, place: Place | undefined, path: string): boolean {
  // Not as `clonePath` reads it: Azure DevOps decodes also what comes after `git@host:`.
  const found = clone.repositoryPath.toLowerCase();
  if (place === undefined) return found.replace('/_ssh/', '/_git/') === path.toLowerCase();
  const { account, project, repository } = place;
  const old = clone.user?.toLowerCase() === account.toLowerCase() ? [`${project}/_ssh/${repository}`] : [];
  const known = [sshPath(place), ...old].map((text) =>
    decodeURIComponent(text)
      .toLowerCase()
      .replace(/\.git$/, ''),
  );
  return known.includes(found);
}
