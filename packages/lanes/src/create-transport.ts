import type { GitUrl } from '@gitsource/events';
import { assertOneLine, type GitCredentials } from '@gitsource/git';
import { createHttpsTransport, type Transport } from '@gitsource/pack';
import { findProxy } from '@gitsource/runtime';
import type { Ports } from './ports.ts';

/** How this lane reaches servers. */
export type TransportPorts = Pick<Ports, 'environment' | 'openSsh' | 'workFolder'>;

export interface TransportPlace {
  readonly url: GitUrl;
  readonly credentials: GitCredentials;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** A way to one repository; `undefined` where only git has one. Throws `git/key-*`, `-credentials-invalid`, `-host-key-unknown`. */
export async function createTransport(
  { environment, openSsh, workFolder }: TransportPorts,
  { url, credentials, signal }: TransportPlace,
): Promise<Transport | undefined> {
  if (url.kind === 'ssh') return openSsh({ url, credentials, signal, environment, workFolder });
  const proxy = findProxy(environment, url.host);
  if (proxy === 'unsupported') return undefined;
  if (credentials.kind === 'https') assertOneLine(credentials.username + credentials.password);
  const { caCertificate } = credentials;
  return createHttpsTransport({
    url,
    signal,
    ...(credentials.kind === 'https' && { credentials }),
    ...(caCertificate !== undefined && { caCertificate }),
    ...(proxy !== undefined && { proxy }),
  });
}
