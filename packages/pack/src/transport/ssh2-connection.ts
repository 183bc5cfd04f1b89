import { createPrivateKey } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import type { GitUrl } from '@gitsource/events';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { judgeHostKey, type KnownHost, readKnownHost, type Verdict } from './known-hosts.ts';
import { connectFailure, keyUnreadable } from './ssh2-failure.ts';
import { uploadPackExec } from './upload-pack-exec.ts';

/** As much of `Ssh2TransportOptions` as a connection needs. */
export interface Ssh2Peer {
  readonly url: GitUrl;
  readonly knownHosts: string;
  readonly privateKey?: string;
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** Half a minute of silence on a connection that should answer every ten seconds. */
const KEEP_ALIVE = { keepaliveInterval: 10_000, keepaliveCountMax: 3 };

/** In OpenSSH's order, by the kind of the key in `known_hosts`; signatures by SHA-1 are not among them. */
const ALGORITHMS: readonly (readonly [type: string, ...signatures: ServerHostKeyAlgorithm[]])[] = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['ssh-rsa', 'rsa-sha2-512', 'rsa-sha2-256'],
];

export interface Ssh2Connection {
  readonly client: Client;
  /** Leaves nothing behind, whatever the server does. May be called more than once. */
  readonly close: () => void;
}

/** Connects, checks the server's key and authenticates. The signal ends that. */
export async function connectSsh2(peer: Ssh2Peer, signal: AbortSignal): Promise<Ssh2Connection> {
  const { url } = peer;
  signal.throwIfAborted();
  const known = readKnownHost(peer.knownHosts, url.host, url.port);
  const client = new ssh2.Client();
  // Small packets of the handshake would each wait for the one before to be acknowledged.
  const socket = connectTcp({ host: url.host, port: url.port ?? 22, noDelay: true });
  // The client hears it as well; a key that it cannot read, however, keeps it from listening.
  socket.on('error', () => undefined);
  const close = () => void socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  try {
    await untilReady(client, peer, { socket, known });
    return { client, close };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
  }
}

interface Ssh2Start {
  readonly socket: Socket;
  readonly known: KnownHost;
}

function untilReady(client: Client, peer: Ssh2Peer, start: Ssh2Start): Promise<void> {
  const { known } = start;
  let verdict: Verdict | undefined;
  return new Promise((resolve, reject) => {
    const fail = (error?: Error) => reject(connectFailure(peer.url, { error, verdict, known }));
    client
      .on('ready', resolve)
      .on('error', fail)
      .on('close', () => fail());
    startSsh2(client, peer, start, (blob) => {
      verdict = judgeHostKey(known, blob);
      return verdict === 'known';
    });
  });
}

function startSsh2(
  client: Client,
  { url, privateKey, connectTimeoutMs = CONNECT_TIMEOUT_MS }: Ssh2Peer,
  { socket, known }: Ssh2Start,
  hostVerifier: (blob: Buffer) => boolean,
): void {
  try {
    client.connect({
      sock: socket,
      username: uploadPackExec(url).user,
      ...(privateKey !== undefined && { privateKey: readableKey(privateKey) }),
      authHandler: [privateKey === undefined ? 'none' : 'publickey'],
      algorithms: { serverHostKey: hostKeyAlgorithms(known) },
      hostVerifier,
      readyTimeout: connectTimeoutMs,
      ...KEEP_ALIVE,
    });
  } catch (cause) {
    throw keyUnreadable(cause);
  }
}

/** The known kinds first, so that a server with several keys shows one that is known; the rest only for the error. */
export function hostKeyAlgorithms({ keys }: KnownHost): ServerHostKeyAlgorithm[] {
  const isKnown = ([type]: (typeof ALGORITHMS)[number]) => keys.some((key) => key.type === type);
  const ordered = [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((kind) => !isKnown(kind))];
  return ordered.flatMap(([, ...signatures]) => signatures);
}

/** OpenSSH reads PKCS#8 as well, ssh2 does not; RSA and ECDSA have an older form of the same key. */
function readableKey(key: string): string {
  if (!key.trimStart().startsWith('-----BEGIN PRIVATE KEY-----')) return key;
  const parsed = createPrivateKey(key);
  if (parsed.asymmetricKeyType === 'rsa') return parsed.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (parsed.asymmetricKeyType === 'ec') return parsed.export({ type: 'sec1', format: 'pem' }).toString();
  return key;
}
