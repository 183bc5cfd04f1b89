import type { Repository } from '@gitsource/events';
import { type NamesRepository, namesPath, readCloneUrl } from './clone-url.ts';
import { ProvidersError } from './errors.ts';
import { splitRepositoryPath } from './repository-place.ts';

/** What a payload says about its repository; hosts are read from the first URL that has one. */
export interface RepositoryFacts {
  /** `group/sub/project` */
  readonly path: string;
  readonly webUrl?: string | null | undefined;
  readonly httpsUrl?: string | null | undefined;
  readonly sshUrl?: string | null | undefined;
  /** Where no URL names one: the connection's. */
  readonly host?: string | undefined;
  /** Default: `namesPath`. */
  readonly namesRepository?: NamesRepository;
}

/**
 * Fills in what the payload leaves out: the URLs that a server of this host has by default. A clone URL of another repository
 * than the path's is refused: who fetches one would take it for the other. Throws `providers/payload-malformed`.
 */
export function repositoryOf(facts: RepositoryFacts): Repository {
  const path = readPath(facts.path);
  const webUrl = plainUrl(facts.webUrl);
  const httpsUrl = plainUrl(facts.httpsUrl);
  const sshUrl = plainText(facts.sshUrl);
  const host = hostOf(webUrl) ?? hostOf(httpsUrl) ?? facts.host?.replace(/:\d+$/, '').toLowerCase();
  if (host === undefined) throw malformed('it names no host; add "host" to the connection');
  const repository = {
    host,
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    sshUrl: sshUrl ?? `git@${host}:${path}.git`,
    httpsUrl: httpsUrl ?? `https://${host}/${path}.git`,
    webUrl: webUrl ?? `https://${host}/${path}`,
  };
  assertNames(repository, [httpsUrl, sshUrl], facts.namesRepository ?? namesPath);
  return repository;
}

/** Also those that were filled in: a path may be another one as part of a URL. */
function assertNames({ httpsUrl, path, sshUrl }: Repository, given: readonly unknown[], names: NamesRepository): void {
  for (const text of [httpsUrl, sshUrl]) {
    const url = readCloneUrl(text);
    if (url === undefined && given.includes(text)) throw malformed('a clone URL in it is none that git could be given');
    if (url !== undefined && !names(url, path)) {
      throw malformed(`its ${url.kind.toUpperCase()} URL is of another repository than the one that it names`);
    }
  }
}

const MAX_TEXT = 1000;

/** As `GitUrl.repositoryPath`: no slash around, no `.git`, and nothing that a URL would read as another repository. */
function readPath(text: string): string {
  // Before anything searches in it.
  if (text.length > MAX_TEXT) throw malformed('it names no repository');
  const path = text.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
  if (splitRepositoryPath(path) === undefined) throw malformed('it names no repository');
  return path;
}

function plainText(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text === '' || text.length > MAX_TEXT) return undefined;
  return /[\p{Cc}\s]/u.test(text) ? undefined : text;
}

/** Without the user that some servers put before the host. */
function plainUrl(text: string | null | undefined): string | undefined {
  const plain = plainText(text);
  return plain !== undefined && /^https?:\/\//i.test(plain) && URL.canParse(plain)
    ? plain.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
    : undefined;
}

function hostOf(url: string | undefined): string | undefined {
  const host = url === undefined ? '' : new URL(url).hostname;
  return host === '' ? undefined : host;
}

function malformed(reason: string): ProvidersError {
  return new ProvidersError('providers/payload-malformed', `The delivery cannot be used: ${reason}.`);
}
