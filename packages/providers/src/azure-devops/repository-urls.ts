import { CodedError, parseGitUrl, type Repository } from '@gitsource/events';
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
  return repositoryOf({
    path: repositoryPath(url),
    webUrl: url,
    httpsUrl: url,
    sshUrl: facts.sshUrl?.replaceAll(' ', '%20') ?? sshUrlOf(url),
  });
}

function repositoryPath(url: string): string {
  try {
    // Servers of one's own may have no TLS; the path is read alike.
    const { kind, repositoryPath } = parseGitUrl(url.replace(/^http:/i, 'https:'));
    if (kind === 'https' && URL.canParse(url)) return repositoryPath;
  } catch (error) {
    // Its message shows the URL.
    if (!(error instanceof CodedError)) throw error;
  }
  throw new ProvidersError(
    'providers/payload-malformed',
    'The delivery cannot be used: its "remoteUrl" is no HTTPS URL of a Git repository.',
  );
}

/** https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate */
function sshUrlOf(url: string): string {
  const { hostname, pathname } = new URL(url);
  const [, above = '', repository = ''] = /^(.*)\/_git\/(.+)$/.exec(pathname) ?? [];
  const parts = above.split('/').filter((part) => part !== '' && part.toLowerCase() !== 'defaultcollection');
  // Of a repository that is named like its project, the URL leaves the project out.
  const [, account] = /^([^.]+)\.visualstudio\.com$/.exec(hostname) ?? [];
  if (account !== undefined) {
    return `${account}@vs-ssh.visualstudio.com:v3/${account}/${parts[0] ?? repository}/${repository}`;
  }
  return hostname === 'dev.azure.com'
    ? `git@ssh.dev.azure.com:v3/${parts[0]}/${parts[1] ?? repository}/${repository}`
    : `ssh://${hostname}:22${pathname}`;
}
