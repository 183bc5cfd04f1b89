import type { GitUrl } from '@gitsource/events';
import { GitError, type GitErrorCode } from './errors.ts';
import type { GitResult } from './git-process.ts';
import { keyscanCommand } from './known-hosts.ts';
import { originOf } from './remote-origin.ts';

interface Rule {
  readonly pattern: RegExp;
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

/** What git, ssh, curl and the servers print (LC_ALL=C), most telling first. */
const RULES: readonly Rule[] = [
  {
    pattern: /No space left on device|Disk quota exceeded|File too large|file size limit exceeded/i,
    code: 'git/disk-full',
    message: (remote) =>
      `The disk is full while fetching ${remote.text}. Give the build more storage, or fetch less with Paths.`,
  },
  {
    pattern: /\bssh: (?:command )?not found|cannot run ssh\b|ssh: No such file or directory/,
    code: 'git/ssh-missing',
    message: (remote) =>
      `${remote.text} needs an SSH client, and this machine has no "ssh" on PATH. Install openssh-client, or use an https:// GitUrl.`,
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    code: 'git/host-key-changed',
    message: (remote) =>
      `The SSH server ${remote.host} shows another host key than the known one: it was replaced, or somebody stands between. Compare \`${keyscanCommand(remote.host, remote.port)}\` with what the server's owner publishes, then update "knownHosts" of the credentials secret.`,
  },
  {
    pattern: /No \S+ host key is known for|Host key verification failed/i,
    code: 'git/host-key-unknown',
    message: (remote) =>
      `No known host key of the SSH server ${remote.host} matches. Print its keys with \`${keyscanCommand(remote.host, remote.port)}\`, compare them with what the server's owner publishes, and put the lines into "knownHosts" of the credentials secret.`,
  },
  {
    pattern: /Load key .*(?:invalid format|error in libcrypto|incorrect passphrase)/i,
    code: 'git/key-invalid',
    message: () =>
      'ssh cannot read the private key. Store the whole key, unencrypted, in OpenSSH or PEM format in the credentials secret.',
  },
  {
    pattern: /Permission denied \(|Permission denied, please try again|Too many authentication failures/,
    code: 'git/authentication-failed',
    message: (remote) => `The SSH server ${remote.host} refused the key for ${remote.text}. ${KEY_REMEDY}`,
  },
  {
    pattern: /Received HTTP code \d+ from proxy|CONNECT tunnel failed|Could not resolve proxy/i,
    code: 'git/host-unreachable',
    message: (remote) =>
      `The HTTP proxy does not connect to ${remote.host}. Check HTTPS_PROXY and NO_PROXY, and what the proxy allows.`,
  },
  {
    pattern: /certificate|self.signed|unable to get local issuer|error (?:setting|reading) ca/i,
    code: 'git/certificate-unknown',
    message: (remote) =>
      `The TLS certificate of ${originOf(remote)} is not trusted. Put the PEM of the authority that signed it into "caCertificate" of the credentials secret, and check that the certificate names this host and is in date.`,
  },
  {
    pattern:
      /Authentication failed for|could not read (?:Username|Password)|returned error: 40[13]\b|HTTP Basic: Access denied/i,
    code: 'git/authentication-failed',
    message: (remote) => `The server refused access to ${remote.text}. ${USER_REMEDY}`,
  },
  {
    pattern: /unable to update url base from redirection|Maximum \(\d+\) redirects|Protocol "?\w+"? not supported/i,
    code: 'git/redirected',
    message: (remote) =>
      `${remote.text} redirects to something that is no Git repository over HTTPS. Use the clone URL that the server shows.`,
  },
  {
    pattern:
      /returned error: (?:404|410)\b|repository .*not found|repository not found|does not appear to be a git repository|project .*not found/i,
    code: 'git/repository-not-found',
    message: (remote) => `There is no repository at ${remote.text}. ${ACCESS_REMEDY}`,
  },
  {
    pattern: /returned error: (?:429|5\d\d)\b/,
    code: 'git/server-error',
    message: (remote) => `The Git server at ${originOf(remote)} is failing or throttling. Try again later.`,
  },
  {
    pattern: /Operation too slow|Timeout, server .* not responding/i,
    code: 'git/timeout',
    message: (remote) =>
      `The Git server ${remote.host} stopped sending. Try again; if it stays, check the network and the server.`,
  },
  {
    pattern:
      /Could not resolve host|Name or service not known|Temporary failure in name resolution|Connection refused|timed out|Network is unreachable|No route to host|Failed to connect|Couldn't connect|connect to host|kex_exchange_identification|banner exchange/i,
    code: 'git/host-unreachable',
    message: (remote) => `The Git server ${remote.host} cannot be reached. ${NETWORK_REMEDY}`,
  },
  {
    pattern:
      /early EOF|RPC failed|hung up unexpectedly|unexpected disconnect|invalid index-pack|Connection (?:reset|closed)|bad pack|protocol error|bad line length|Empty reply|SSL_read|gnutls_handshake|TLS connection|Connection to \S+ closed|Could not read from remote repository/i,
    code: 'git/connection-lost',
    message: (remote) =>
      `The connection to ${remote.host} broke before everything of ${remote.text} arrived. Try again.`,
  },
];

/** Turns a failed git command into the error a person can act on; `secrets` never show in it. */
export function classifyFailure(remote: GitUrl, result: GitResult, secrets: readonly string[]): GitError {
  const rule = RULES.find(({ pattern }) => pattern.test(result.stderr));
  const said = lastWords(result.stderr, secrets);
  if (rule !== undefined) return new GitError(rule.code, `${rule.message(remote)}${said === '' ? '' : ` (${said})`}`);
  const summary = `git failed on ${remote.text} with status ${result.exitCode}`;
  return new GitError('git/failed', said === '' ? `${summary}.` : `${summary}: ${said}`);
}

const MAX_WORDS = 300;

/** The last line that says something, without credentials in URLs, control characters and secrets. */
function lastWords(stderr: string, secrets: readonly string[]): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
    .filter((line) => /^(?:fatal|error|ERROR|remote|ssh|kex|Load|git@|\S+: Permission)/.test(line))
    .filter((line) => !/Could not read from remote repository/.test(line));
  const line = lines.find((candidate) => /^(?:remote: )?(?:fatal|ERROR|error)/.test(candidate)) ?? lines.at(-1) ?? '';
  return redact(line, secrets).slice(0, MAX_WORDS);
}

function redact(text: string, secrets: readonly string[]): string {
  const withoutUrls = text.replace(/:\/\/[^/@\s']*@/g, '://');
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), withoutUrls);
}
