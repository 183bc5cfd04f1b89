import type { GitUrl } from '@gitsource/events';
import { PackError } from '../errors.ts';
import type { KnownHost, Verdict } from './known-hosts.ts';

/** What was seen of a connection until it failed. */
export interface FailedConnection {
  /** Absent where the server only hung up. */
  readonly error: Error | undefined;
  /** On the server's key, once it was shown. */
  readonly verdict: Verdict | undefined;
  readonly known: KnownHost;
}

/** Why there is no connection. */
export function connectFailure(url: GitUrl, { error, verdict, known }: FailedConnection): Error {
  if (error instanceof PackError) return error;
  if (verdict !== undefined && verdict !== 'known') return hostKeyRefused(url, verdict, known);
  const level = levelOf(error);
  const words = error?.message ?? '';
  if (level === 'client-authentication' || /authentication failures/i.test(words)) {
    const advice = 'Check that the key is the private half of one that may read this repository';
    return new PackError('pack/access-refused', `${url.text} refused the key. ${advice}.`);
  }
  if (/no matching/.test(words)) {
    return unsupported(`${url.host} and ssh2 have no algorithm in common (${words})`, error);
  }
  if (verdict !== undefined && level !== 'client-timeout') return connectionLost(url, error);
  const advice = 'Check host and port, and the network between';
  const reason = error === undefined ? 'it hung up' : reasonOf(error);
  return new PackError('pack/host-unreachable', `${url.host} cannot be reached by SSH (${reason}). ${advice}.`, {
    cause: error,
  });
}

/** Of a connection that was made. */
export function brokenConnection(url: GitUrl, error: unknown): PackError {
  if (levelOf(error) !== 'client-timeout') return connectionLost(url, error);
  const message = `${url.host} has not answered for half a minute. Try again.`;
  return new PackError('pack/timeout', message, { cause: error });
}

export function connectionLost({ host }: GitUrl, cause: unknown): PackError {
  const message = `The connection to ${host} broke. Try again.`;
  return new PackError('pack/connection-lost', message, { cause });
}

export function keyUnreadable(cause: unknown): PackError {
  const message = 'The SSH key cannot be read. Store the whole private key, unencrypted, in OpenSSH or PEM format.';
  return new PackError('pack/key-unreadable', message, { cause });
}

function hostKeyRefused({ host, text }: GitUrl, verdict: Verdict, { hasAuthority }: KnownHost): PackError {
  if (verdict === 'changed') {
    const advice = 'It was replaced, or somebody stands between: ask the owner, then correct the known hosts';
    return new PackError('pack/host-key-changed', `${host} shows another host key than the known one. ${advice}.`);
  }
  if (verdict === 'unknown' && hasAuthority) {
    return unsupported(`A certificate authority vouches for ${host}, and ssh2 cannot check its certificates`);
  }
  const advice = 'Compare its keys with what its owner publishes, and add them to the known hosts';
  const what = verdict === 'revoked' ? 'has been revoked' : 'is not known';
  return new PackError('pack/host-key-unknown', `The host key of ${host} ${what}, so ${text} is not read. ${advice}.`);
}

function unsupported(what: string, cause?: unknown): PackError {
  return new PackError('pack/transport-unsupported', `${what}. Fetch with git.`, { cause });
}

/** Where in ssh2 an error began: `client-socket`, `client-timeout`, `client-authentication`, `handshake`, `protocol`. */
function levelOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'level') : undefined;
}

/** `ECONNREFUSED`, or ssh2's own words. */
function reasonOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : error.message;
}
