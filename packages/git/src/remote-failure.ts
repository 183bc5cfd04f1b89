import type { GitUrl } from '@gitsource/events';
import { GitError, type GitErrorCode } from './errors.ts';
import { keyscanCommand } from './known-hosts.ts';
import { originOf } from './remote-origin.ts';

interface Failure {
  readonly code: GitErrorCode;
  readonly message: (remote: GitUrl) => string;
}

const KEY_REMEDY =
  'Check that the key in the credentials secret is the private half of a key that may read this repository (a deploy key, for example).';
const USER_REMEDY =
  'Check the user name and the password or token in the credentials secret, that it has not expired, and that it may read this repository.';
const ACCESS_REMEDY =
  'Check the path in GitUrl, and that the credentials may read it: servers also say so when access is missing.';
const NETWORK_REMEDY =
  'Check host and port in GitUrl, and that the network (VPC, security group, proxy, allow list of the server) lets this connection through.';

/** What may come between us and a repository. */
const FAILURES = {
  'disk-full': {
    code: 'git/disk-full',
    message: (remote) =>
      `The disk is full while fetching ${remote.text}. Give the build more storage, or fetch less with Paths.`,
  },
  'ssh-missing': {
    code: 'git/ssh-missing',
    message: (remote) =>
      `${remote.text} needs an SSH client, and this machine has no "ssh" on PATH. Install openssh-client, or use an https:// GitUrl.`,
  },
  'host-key-changed': {
    code: 'git/host-key-changed',
    message: (remote) =>
      `The SSH server ${remote.host} shows another host key than the known one: it was replaced, or somebody stands between. Compare \`${keyscanCommand(remote.host, remote.port)}\` with what the server's owner publishes, then update "knownHosts" of the credentials secret.`,
  },
  'host-key-unknown': {
    code: 'git/host-key-unknown',
    message: (remote) =>
      `No known host key of the SSH server ${remote.host} matches. Print its keys with \`${keyscanCommand(remote.host, remote.port)}\`, compare them with what the server's owner publishes, and put the lines into "knownHosts" of the credentials secret.`,
  },
  'key-unreadable': {
    code: 'git/key-invalid',
    message: () =>
      'ssh cannot read the private key. Store the whole key, unencrypted, in OpenSSH or PEM format in the credentials secret.',
  },
  'key-refused': {
    code: 'git/authentication-failed',
    message: (remote) => `The SSH server ${remote.host} refused the key for ${remote.text}. ${KEY_REMEDY}`,
  },
  'proxy-refused': {
    code: 'git/host-unreachable',
    message: (remote) =>
      `The HTTP proxy does not connect to ${remote.host}. Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.`,
  },
  'certificate-unknown': {
    code: 'git/certificate-unknown',
    message: (remote) =>
      `The TLS certificate of ${originOf(remote)} is not trusted. Put the PEM of the authority that signed it into "caCertificate" of the credentials secret, and check that the certificate names this host and is in date.`,
  },
  'access-refused': {
    code: 'git/authentication-failed',
    message: (remote) => `The server refused access to ${remote.text}. ${USER_REMEDY}`,
  },
  redirected: {
    code: 'git/redirected',
    message: (remote) =>
      `${remote.text} redirects to something that is no Git repository over HTTPS. Use the clone URL that the server shows.`,
  },
  'repository-not-found': {
    code: 'git/repository-not-found',
    message: (remote) => `There is no repository at ${remote.text}. ${ACCESS_REMEDY}`,
  },
  'server-error': {
    code: 'git/server-error',
    message: (remote) => `The Git server at ${originOf(remote)} is failing or throttling. Try again later.`,
  },
  silent: {
    code: 'git/timeout',
    message: (remote) =>
      `The Git server ${remote.host} stopped sending. Try again; if it stays, check the network and the server.`,
  },
  'host-unreachable': {
    code: 'git/host-unreachable',
    message: (remote) => `The Git server ${remote.host} cannot be reached. ${NETWORK_REMEDY}`,
  },
  'connection-lost': {
    code: 'git/connection-lost',
    message: (remote) =>
      `The connection to ${remote.host} broke before everything of ${remote.text} arrived. Try again.`,
  },
} as const satisfies Record<string, Failure>;

export type RemoteFailure = keyof typeof FAILURES;

/** The error for a person, the same whoever talked to the server: `said` is what git or the server printed last. */
export function remoteFailure(failure: RemoteFailure, remote: GitUrl, said = '', cause?: unknown): GitError {
  const { code, message } = FAILURES[failure];
  return new GitError(code, `${message(remote)}${said === '' ? '' : ` (${said})`}`, { cause });
}
