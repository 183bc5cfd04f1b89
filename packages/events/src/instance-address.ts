import { BlockList, isIP } from 'node:net';

/** Where clouds serve credentials to whoever asks from inside: link-local addresses, and AWS's IPv6 one. */
const ADDRESSES = new BlockList();
ADDRESSES.addSubnet('169.254.0.0', 16, 'ipv4');
ADDRESSES.addSubnet('fe80::', 10, 'ipv6');
ADDRESSES.addAddress('fd00:ec2::254', 'ipv6');

/**
 * Whether a URL's host is such an address, in any spelling that a resolver takes (`0xa9fea9fe`, `[::ffff:169.254.169.254]`).
 * A name that resolves to one is not seen here; what stands against it is that nothing there speaks TLS or SSH.
 */
export function isInstanceAddress(host: string): boolean {
  const address = canonical(host).replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version !== 0 && ADDRESSES.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function canonical(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return host;
  }
}
