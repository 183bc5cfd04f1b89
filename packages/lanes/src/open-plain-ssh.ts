import { hostKeyUnknown, knownHostsFor, parsePrivateKey } from '@gitsource/git';
import type { OpenSsh } from './open-ssh.ts';

/** In plain JavaScript, where there is no `ssh`; loaded only when it is needed. */
export const openPlainSsh: OpenSsh = async ({ url, credentials, signal }) => {
  const knownHosts = knownHostsFor(url.host, credentials.knownHosts);
  if (knownHosts === undefined) throw hostKeyUnknown(url);
  const privateKey = credentials.kind === 'ssh' ? parsePrivateKey(credentials.privateKey) : undefined;
  const { createSsh2Transport } = await import('@gitsource/pack/ssh2');
  return createSsh2Transport({ url, knownHosts, signal, ...(privateKey !== undefined && { privateKey }) });
};
