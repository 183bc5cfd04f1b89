import { CodedError, type GitUrl } from '@gitsource/events';
import {
  classifyFailure,
  type GitCredentials,
  GitError,
  type GitErrorCode,
  type RemoteFailure,
  remoteFailure,
  secretsOf,
} from '@gitsource/git';
import { PackError } from '@gitsource/pack';

/** Whom the pack was read from, and as whom. */
export interface FailedRemote {
  readonly remote: GitUrl;
  readonly credentials: GitCredentials;
}

/** What git would say of a failure of the pack. */
export interface GitFailure {
  readonly error: GitError;
  /** Git would fail in the same way, so it is not asked. */
  readonly isFinal: boolean;
}

/** What may come between us and a repository, by the codes of those who read packs. */
const REMOTE_FAILURES: Readonly<Record<string, RemoteFailure>> = {
  'pack/repository-not-found': 'repository-not-found',
  'pack/redirected': 'redirected',
  'pack/host-unreachable': 'host-unreachable',
  'pack/host-key-unknown': 'host-key-unknown',
  'pack/host-key-changed': 'host-key-changed',
  'pack/key-unreadable': 'key-unreadable',
  'pack/connection-lost': 'connection-lost',
  'pack/truncated': 'connection-lost',
  'pack/spool-failed': 'disk-full',
  'runtime/api-certificate-untrusted': 'certificate-unknown',
  'runtime/api-redirected': 'redirected',
  'runtime/download-truncated': 'connection-lost',
  'runtime/proxy-unauthorized': 'proxy-refused',
};

/** Failures that are told in the words of the pack. */
const SAME_WORDS: Readonly<Record<string, GitErrorCode>> = {
  'pack/timeout': 'git/timeout',
  'pack/not-a-commit': 'git/ref-not-commit',
  'pack/path-missing': 'git/path-missing',
  'pack/path-unsafe': 'git/path-unsafe',
};

/** Nothing that git does otherwise would help. */
const FINAL: readonly string[] = [
  'git/key-invalid',
  'git/key-has-passphrase',
  'git/credentials-invalid',
  'git/host-key-unknown',
  'git/host-key-changed',
  'git/authentication-failed',
  'git/repository-not-found',
  'git/repository-empty',
  'git/ref-missing',
  'git/commit-not-on-ref',
  'git/path-missing',
  'git/host-unreachable',
  'git/timeout',
  'git/ssh-missing',
] satisfies GitErrorCode[];

/** Git reads more kinds of keys, and knows more ways to prove itself to a proxy. */
const GIT_KNOWS_MORE: readonly string[] = ['pack/key-unreadable', 'runtime/proxy-unauthorized'];

/** No way leads to an address; whatever else breaks a connection may be over the next time. */
const NO_CONNECTION = /^(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;
const NO_ADDRESS = /^(?:ENOTFOUND|EAI_AGAIN)$/;

/** The failure that a job ends with where git is not asked; `undefined` for what only packs can suffer from. */
export function gitFailure(error: unknown, failed: FailedRemote): GitFailure | undefined {
  const said = error instanceof GitError ? error : toGitError(error, failed);
  if (said === undefined || !(error instanceof CodedError)) return undefined;
  // With an authority of its own, git trusts nobody beside it; without one, it trusts those of the system.
  const isUntrusted = said.code === 'git/certificate-unknown' && failed.credentials.caCertificate !== undefined;
  return { error: said, isFinal: isUntrusted || (FINAL.includes(said.code) && !GIT_KNOWS_MORE.includes(error.code)) };
}

function toGitError(error: unknown, { remote, credentials }: FailedRemote): GitError | undefined {
  if (!(error instanceof CodedError)) return undefined;
  const sameWords = SAME_WORDS[error.code];
  if (sameWords !== undefined) return new GitError(sameWords, error.message, { cause: error });
  if (error instanceof PackError && error.serverWords !== undefined) {
    return classifyFailure(
      remote,
      { exitCode: 128, stderr: asGitPrints(error.serverWords, remote) },
      secretsOf(credentials),
    );
  }
  const failure = REMOTE_FAILURES[error.code] ?? oneOfSeveral(error, remote);
  return failure === undefined ? undefined : remoteFailure(failure, remote, '', error);
}

/** What one code of the pack stands for. */
function oneOfSeveral(error: CodedError, { kind }: GitUrl): RemoteFailure | undefined {
  switch (error.code) {
    case 'pack/access-refused':
      return kind === 'ssh' ? 'key-refused' : 'access-refused';
    case 'pack/server-failed':
      return error.retryable ? 'server-error' : undefined;
    case 'runtime/api-unreachable':
      return isUnreachable(codeOf(error.cause)) ? 'host-unreachable' : 'connection-lost';
    case 'runtime/proxy-refused':
      // Git does not tell a proxy that it cannot connect to from a server.
      return NO_CONNECTION.test(codeOf(error.cause)) ? 'host-unreachable' : 'proxy-refused';
    default:
      return undefined;
  }
}

function isUnreachable(code: string): boolean {
  return NO_CONNECTION.test(code) || NO_ADDRESS.test(code);
}

function codeOf(cause: unknown): string {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

/** Over SSH, git adds a line of its own to what the server printed; over HTTPS, it puts words before it. */
function asGitPrints(words: string, { kind }: GitUrl): string {
  return kind === 'ssh' ? `${words}\nfatal: Could not read from remote repository.` : `fatal: remote error: ${words}`;
}
