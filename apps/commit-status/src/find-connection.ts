import { type Connection, isAllowedRepository, matchHost } from '@gitsource/runtime';
import type { SourceRepository } from './source-repository.ts';

/** Which connection shows a repository's statuses, and the others that could as well. */
export interface FoundConnection {
  readonly connection: Connection;
  /** As specific as the found one; that one has the first name. */
  readonly equals: readonly Connection[];
}

/**
 * Of the connections that serve a repository, the one that is most specific about it: by the longest beginning of a pattern of
 * `allowedRepositories` without `*`, then by a host with its port. Among equals the first name decides, so that it is always the same.
 */
export function findConnection(
  connections: readonly Connection[],
  repository: SourceRepository,
): FoundConnection | undefined {
  const candidates = connections
    .filter((connection) => serves(connection, repository))
    .map((connection) => ({ connection, rank: rankOf(connection, repository) }))
    .toSorted((one, other) => other.rank - one.rank || (one.connection.name < other.connection.name ? -1 : 1));
  const [best] = candidates;
  if (best === undefined) return undefined;
  const equals = candidates.slice(1).filter(({ rank }) => rank === best.rank);
  return { connection: best.connection, equals: equals.map(({ connection }) => connection) };
}

function serves(connection: Connection, repository: SourceRepository): boolean {
  const { githubApp, oauth, password, provider } = connection;
  // A key for SSH opens no API.
  if (password === undefined && githubApp === undefined && oauth === undefined) return false;
  if (repository.provider !== undefined && repository.provider !== provider) return false;
  return isOnHost(connection, repository) && isAllowedRepository(connection, repository.path);
}

/** A source that is fetched over SSH names the host of that. */
function isOnHost({ host: ownHost, sshHost }: Connection, { host, port }: SourceRepository): boolean {
  if (host === undefined || ownHost === undefined) return true;
  if (matchHost(ownHost, { host, ...(port !== undefined && { port }) })) return true;
  return sshHost !== undefined && port === undefined && matchHost(sshHost, { host });
}

/** Longer than any path. */
const EXACT = 100_000;

/** A whole path outranks every pattern, a pattern every connection without a list. */
function rankOf(connection: Connection, { path, port }: SourceRepository): number {
  const { allowedRepositories = [], host = '' } = connection;
  const lengths = allowedRepositories
    .filter((pattern) => isAllowedRepository({ ...connection, allowedRepositories: [pattern] }, path))
    .map((pattern) => (pattern.includes('*') ? pattern.indexOf('*') : EXACT));
  const namesPort = port !== undefined && /:\d+$/.test(host);
  return Math.max(-1, ...lengths) * 2 + (namesPort ? 1 : 0);
}
