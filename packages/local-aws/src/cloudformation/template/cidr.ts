import { TemplateError } from './template-error.ts';

/**
 * Fn::Cidr for IPv4: `cidr('10.0.0.0/16', 2, 8)` → `['10.0.0.0/24', '10.0.1.0/24']`.
 * `bits` are the subnets' host bits (default: as many as fit the count exactly).
 */
export function cidr(block: string, count: number, bits?: number): string[] {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5]);
  if (match === null || octets.some((octet) => octet > 255) || prefix > 32) {
    throw new TemplateError(`Template error: Fn::Cidr needs an IPv4 block such as 10.0.0.0/16, found ${block}`);
  }
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new TemplateError(`Template error: Fn::Cidr count must be 1 to 256, found ${count}`);
  }
  const hostBits = bits ?? 32 - prefix - Math.ceil(Math.log2(count));
  const size = 2 ** hostBits;
  if (!Number.isInteger(hostBits) || hostBits < 0 || size * count > 2 ** (32 - prefix)) {
    throw new TemplateError(
      `Template error: Fn::Cidr cannot cut ${count} blocks of ${hostBits} host bits from ${block}`,
    );
  }
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const start = address - (address % 2 ** (32 - prefix));
  return Array.from({ length: count }, (_, index) => `${dotted(start + index * size)}/${32 - hostBits}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
