import type { GitUrl } from '@gitsource/events';
import type { Connection } from './connection.ts';
import { RuntimeError } from './errors.ts';
import { matchHost } from './match-host.ts';

/**
 * Refuses to use a connection for a repository it is not meant for: whoever may edit a pipeline could otherwise send
 * another team's credentials to a host of their own. `path` is the repository's where its provider names it otherwise than
 * the URL does: `TEAM/app` of `ssh://…/team/app.git`.
 * Throws `runtime/connection-other-host`, `runtime/connection-other-repository`, `runtime/connection-wrong-kind`.
 */
export function assertConnectionServes(connection: Connection, url: GitUrl, path: string = url.repositoryPath): void {
  assertCovers(connection, url, path);
  const lacks = missingCredential(connection, url);
  if (lacks !== undefined) {
    throw new RuntimeError(
      'runtime/connection-wrong-kind',
      `The secret ${connection.name} has no ${lacks}, which ${url.text} needs. Add it to the secret, or use the other kind of Git URL.`,
    );
  }
}

/**
 * The same for a connection whose HTTP API is asked about the repository, by credentials of its own: the URL may be of either
 * kind. Throws `runtime/connection-other-host`, `-other-repository`.
 */
export function assertConnectionServesApi(connection: Connection, url: GitUrl): void {
  assertCovers(connection, url, url.repositoryPath);
}

function assertCovers(connection: Connection, url: GitUrl, path: string): void {
  const secret = `The secret ${connection.name}`;
  if (!isOnHost(connection, url)) {
    const { host, sshHost } = connection;
    const names = sshHost === undefined ? `${host}` : `${host} and ${sshHost}`;
    const field = url.kind === 'ssh' ? '"host" or "sshHost"' : '"host"';
    throw new RuntimeError(
      'runtime/connection-other-host',
      `${secret} is for ${names}, not for ${url.text}. Name the right secret in CredentialsSecret, or correct its ${field}.`,
    );
  }
  if (!isAllowedRepository(connection, path)) {
    throw new RuntimeError(
      'runtime/connection-other-repository',
      `${secret} does not allow the repository ${path}. Add it to the secret's "allowedRepositories", or use another secret.`,
    );
  }
}

/** A port of `host` is that of HTTPS: which one SSH has, it does not say. */
function isOnHost({ host, sshHost }: Connection, { host: name, kind, port }: GitUrl): boolean {
  if (host === undefined) return true;
  if (kind === 'https') return matchHost(host, { host: name, port: port ?? DEFAULT_PORTS.https });
  const isSshHost = sshHost !== undefined && matchHost(sshHost, { host: name, port: port ?? DEFAULT_PORTS.ssh });
  return isSshHost || matchHost(host, { host: name });
}

const DEFAULT_PORTS = { ssh: 22, https: 443 } as const satisfies Record<GitUrl['kind'], number>;

/** True where a connection's `allowedRepositories` name a repository's path, or it has no such list. */
export function isAllowedRepository({ allowedRepositories }: Connection, path: string): boolean {
  return allowedRepositories?.some((pattern) => matchRepository(pattern, path)) ?? true;
}

/** `*` stands for one path part or a part of it, `**` for any depth. */
function matchRepository(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/^\/|\/$|\.git$/g, '')
    .split(/(\*\*|\*)/)
    .map((piece) => (piece === '**' ? '.+' : piece === '*' ? '[^/]+' : piece.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`).test(path);
}

function missingCredential(connection: Connection, url: GitUrl): string | undefined {
  if (url.kind === 'ssh') return connection.sshPrivateKey === undefined ? '"sshPrivateKey"' : undefined;
  const onlyKey = connection.sshPrivateKey !== undefined && connection.password === undefined;
  return onlyKey ? '"username" and "password", or "token"' : undefined;
}
