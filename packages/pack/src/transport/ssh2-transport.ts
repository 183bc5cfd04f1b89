import type { GitUrl } from '@gitsource/events';
import { type ChannelTransport, createChannelTransport } from './channel-transport.ts';
import { openSsh2Channel } from './ssh2-channel.ts';
import type { TimeLimits } from './time-limits.ts';

export interface Ssh2TransportOptions extends TimeLimits {
  /** Of kind `ssh`. */
  readonly url: GitUrl;
  /** Lines of `known_hosts`. Whoever they do not vouch for is not talked to. */
  readonly knownHosts: string;
  /** OpenSSH or PEM, without a passphrase: Ed25519, ECDSA, or RSA. Default: none, which few servers allow. */
  readonly privateKey?: string;
  /** For the connection, its keys and the authentication. Default 20,000. */
  readonly connectTimeoutMs?: number;
  /** Ends everything. */
  readonly signal?: AbortSignal;
}

/**
 * A channel to `git-upload-pack` over SSH in plain JavaScript, where there is no `ssh` program. It proves itself by the key
 * only, asks nobody, and forwards nothing. Rejects with `pack/host-unreachable`, `pack/host-key-unknown`,
 * `pack/host-key-changed`, `pack/key-unreadable`, `pack/access-refused`, `pack/connection-lost`, `pack/server-refused`,
 * `pack/timeout`, the signal's reason, and with `pack/transport-unsupported` where only the system's `ssh` may know a way.
 */
export function createSsh2Transport(options: Ssh2TransportOptions): ChannelTransport {
  return createChannelTransport({
    ...options,
    name: options.url.text,
    open: (signal) => openSsh2Channel(options, signal),
  });
}
