import type { GitUrl } from '@gitsource/events';
import type { GitCredentials } from '@gitsource/git';
import type { Connection } from '@gitsource/runtime';

/** Servers that take a token as the password ask only that there is some user name. */
const TOKEN_USERNAME = 'git';

/** The part of a connection that Git needs for one URL; nothing of it for anonymous access. */
export function gitCredentials(connection: Connection | undefined, url: GitUrl): GitCredentials {
  const { caCertificate, knownHosts, sshPrivateKey, username, password } = connection ?? {};
  const trust = {
    ...(caCertificate !== undefined && { caCertificate }),
    ...(knownHosts !== undefined && { knownHosts }),
  };
  if (url.kind === 'ssh' && sshPrivateKey !== undefined) return { kind: 'ssh', privateKey: sshPrivateKey, ...trust };
  if (url.kind === 'https' && password !== undefined) {
    return { kind: 'https', username: username ?? url.user ?? TOKEN_USERNAME, password, ...trust };
  }
  return { kind: 'anonymous', ...trust };
}
