import { createHmac, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { WebhookDefinition } from '@aws-sdk/client-codepipeline';

export interface Delivery {
  /** The raw body: signatures are over bytes. */
  readonly body: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly peerAddress: string;
}

/** Whether a delivery is from whom the webhook was made for. */
export function isAuthentic(definition: WebhookDefinition, delivery: Delivery): boolean {
  const { SecretToken, AllowedIPRange } = definition.authenticationConfiguration ?? {};
  switch (definition.authentication) {
    case 'UNAUTHENTICATED':
      return true;
    case 'IP':
      return AllowedIPRange !== undefined && isInRange(delivery.peerAddress, AllowedIPRange);
    case 'GITHUB_HMAC':
      return SecretToken !== undefined && isSigned(SecretToken, delivery);
    default:
      return false;
  }
}

/** The stronger signature decides where both are sent. */
function isSigned(secret: string, { body, headers }: Delivery): boolean {
  const algorithm = headers['x-hub-signature-256'] === undefined ? 'sha1' : 'sha256';
  const given = headers[algorithm === 'sha256' ? 'x-hub-signature-256' : 'x-hub-signature'];
  if (typeof given !== 'string') return false;
  const expected = Buffer.from(`${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`);
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** `10.0.0.0/8`, `203.0.113.5/32`, `2001:db8::/32` */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return (isIPv4(address) && Number(prefix) <= 32) || (isIPv6(address) && Number(prefix) <= 128);
}

export function isInRange(address: string, cidr: string): boolean {
  if (!isCidr(cidr)) return false;
  const [network = '', prefix] = cidr.split('/');
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
  return (isIPv4(plain) || isIPv6(plain)) && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}
