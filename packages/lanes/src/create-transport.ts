import type { GitUrl } from '@gitsource/events';
import type { GitCredentials } from '@gitsource/git';
import { createHttpsTransport, type Transport } from '@gitsource/pack';

/** A way to one repository; `undefined` where only git has one. */
export function createTransport(url: GitUrl, credentials: GitCredentials, signal: AbortSignal): Transport | undefined {
  if (url.kind !== 'https') return undefined;
  const { caCertificate } = credentials;
  return createHttpsTransport({
    url,
    signal,
    ...(credentials.kind === 'https' && { credentials }),
    ...(caCertificate !== undefined && { caCertificate }),
  });
}
