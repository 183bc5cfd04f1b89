import type { GitUrl } from '@gitsource/events';
import { GitError } from './errors.ts';
import type { GitResult } from './git-process.ts';
import { type RemoteFailure, remoteFailure } from './remote-failure.ts';

/** What git, ssh, curl and the servers print (LC_ALL=C), most telling first. */
const RULES: readonly (readonly [pattern: RegExp, failure: RemoteFailure])[] = [
  [/No space left on device|Disk quota exceeded|File too large|file size limit exceeded/i, 'disk-full'],
  [/\bssh: (?:command )?not found|cannot run ssh\b|ssh: No such file or directory/, 'ssh-missing'],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i, 'host-key-changed'],
  [/No \S+ host key is known for|Host key verification failed/i, 'host-key-unknown'],
  [/Load key .*(?:invalid format|error in libcrypto|incorrect passphrase)/i, 'key-unreadable'],
  [/Permission denied \(|Permission denied, please try again|Too many authentication failures/, 'key-refused'],
  [/Received HTTP code \d+ from proxy|CONNECT tunnel failed|Could not resolve proxy/i, 'proxy-refused'],
  [/certificate|self.signed|unable to get local issuer|error (?:setting|reading) ca/i, 'certificate-unknown'],
  [
    /Authentication failed for|could not read (?:Username|Password)|returned error: 40[13]\b|HTTP Basic: Access denied/i,
    'access-refused',
  ],
  [
    /unable to update url base from redirection|Maximum \(\d+\) redirects|Protocol "?\w+"? not supported/i,
    'redirected',
  ],
  [
    /returned error: (?:404|410)\b|repository .*not found|repository not found|does not appear to be a git repository|project .*not found/i,
    'repository-not-found',
  ],
  [/returned error: (?:429|5\d\d)\b/, 'server-error'],
  [/Operation too slow|Timeout, server .* not responding/i, 'silent'],
  [
    /Could not resolve host|Name or service not known|Temporary failure in name resolution|Connection refused|timed out|Network is unreachable|No route to host|Failed to connect|Couldn't connect|connect to host|kex_exchange_identification|banner exchange/i,
    'host-unreachable',
  ],
  [
    /early EOF|RPC failed|hung up unexpectedly|unexpected disconnect|invalid index-pack|Connection (?:reset|closed)|bad pack|protocol error|bad line length|expected flush after|Empty reply|SSL_read|gnutls_handshake|TLS connection|Connection to \S+ closed|Could not read from remote repository/i,
    'connection-lost',
  ],
];

/** Turns a failed git command into the error a person can act on; `secrets` never show in it. */
export function classifyFailure(
  remote: GitUrl,
  result: Pick<GitResult, 'exitCode' | 'stderr'>,
  secrets: readonly string[],
): GitError {
  const [, failure] = RULES.find(([pattern]) => pattern.test(result.stderr)) ?? [];
  const said = lastWords(result.stderr, secrets);
  if (failure !== undefined) return remoteFailure(failure, remote, said);
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
