import type { GitUrl } from '@gitsource/events';
import { type GitCredentials, openSshChannel } from '@gitsource/git';
import { createChannelTransport, type Transport, uploadPackExec } from '@gitsource/pack';

export interface SshRequest {
  /** Of kind `ssh`. */
  readonly url: GitUrl;
  readonly credentials: GitCredentials;
  /** Ends the connection, which nothing else does. */
  readonly signal: AbortSignal;
  /** For the system's `ssh`: PATH and TMPDIR. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For its credentials. */
  readonly workFolder: string;
}

/** How a lane reaches an SSH server, to read a pack from it. Throws `git/key-*`, `git/host-key-unknown`. */
export type OpenSsh = (request: SshRequest) => Promise<Transport>;

/** By the system's `ssh`, called as git calls it: its failures are git's. */
export const openSystemSsh: OpenSsh = async ({ url, signal, ...rest }) =>
  createChannelTransport({
    name: url.text,
    signal,
    open: (until) => openSshChannel({ ...rest, remote: url, exec: uploadPackExec(url), signal: until }),
  });
