import { createPrivateKey } from 'node:crypto';
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

/** Connects, checks the server's key and authenticates. The signal ends it. */
export async function connectSsh2(peer: Ssh2Peer, signal: AbortSignal): Promise<Client> {
  const { url } = peer;
  const known = readKnownHost(peer.knownHosts, url.host, url.port);
  const client = new ssh2.Client();
  let verdict: Verdict | undefined;
  let hasGreeted = false;
  const stop = () => void client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error?: Error) => reject(connectFailure(url, { error, verdict, known, hasGreeted }));
      client
        .on('ready', resolve)
        .on('error', fail)
        .on('close', () => fail());
      // The handshake is small packets, each of which would wait for the one before to be acknowledged.
      client.on('connect', () => void client.setNoDelay(true));
      // Emitted when algorithms are agreed upon: from then on it is an SSH server that speaks.
      client.on('handshake', () => {
        hasGreeted = true;
      });
      connect(client, peer, known, (blob) => {
        hasGreeted = true;
        verdict = judgeHostKey(known, blob);
        return verdict === 'known';
      });
    });
    return client;
  } catch (error) {
    client.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function connect(client: Client, peer: Ssh2Peer, known: KnownHost, hostVerifier: (blob: Buffer) => boolean): void {
  const { url, privateKey, connectTimeoutMs = CONNECT_TIMEOUT_MS } = peer;
  try {
    client.connect({
      host: url.host,
      port: url.port ?? 22,
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
