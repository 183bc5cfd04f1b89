import { isIP } from 'node:net';

/** True for an IPv4 or IPv6 address, alone or with a prefix length: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const family = isIP(match?.[1] ?? '');
  return family !== 0 && Number(match?.[2] ?? 0) <= (family === 6 ? 128 : 32);
}
