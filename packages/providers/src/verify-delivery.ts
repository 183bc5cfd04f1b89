import { BlockList, isIP } from 'node:net';
import { type Delivery, refused, VERIFIED, type Verdict, type WebhookCredentials } from './delivery.ts';
import type { Provider } from './provider.ts';

/**
 * Decides whether a delivery is authentic: by a secret, by the sender's address, or by both where both are configured.
 * With neither, nobody's is: secrets of the version before count beside current ones only, so that taking the secret away
 * closes a connection.
 */
export function verifyDelivery(
  { webhook }: Pick<Provider, 'webhook'>,
  delivery: Delivery,
  credentials: WebhookCredentials,
  nowMs: number,
): Verdict {
  const { allowedIps } = credentials;
  const hasSecret = credentials.secrets.some((secret) => secret !== '');
  if (!hasSecret && allowedIps === undefined) return refused('nothing-configured');
  if (allowedIps !== undefined && !matchAddress(delivery.sourceIp, allowedIps)) return refused('address-not-allowed');
  return hasSecret ? webhook.verify(delivery, credentials, nowMs) : VERIFIED;
}

/** True where an address is in one of the ranges (`192.0.2.0/24`, `2001:db8::/32`, or a single address). */
export function matchAddress(address: string, ranges: readonly string[]): boolean {
  // An IPv4 client of a dual-stack socket.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  if (family === 0) return false;
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

function addRange(list: BlockList, range: string): void {
  const [network = '', prefix] = range.split('/');
  const family = isIP(network);
  // The connection's shape was checked when it was read; what is no range allows nobody.
  if (family === 0) return;
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
  list.addSubnet(network, bits, family === 6 ? 'ipv6' : 'ipv4');
}
