import type { KeyObject } from 'node:crypto';
import { mpint, string } from './wire-format.ts';

export type KeyType = 'ed25519' | 'rsa';

/** What SSH calls the two kinds of key; RSA ones sign with SHA-2 whatever the name says. */
export const SSH_NAMES = { ed25519: 'ssh-ed25519', rsa: 'ssh-rsa' } as const satisfies Record<KeyType, string>;

/** A key's numbers as SSH sends and stores them. */
export interface KeyBlobs {
  readonly keyType: KeyType;
  readonly publicBlob: Buffer;
  /** As ssh-agent takes it, without a comment; only of a private key. */
  readonly privateBlob: Buffer | undefined;
}

/**
 * Ed25519: https://www.rfc-editor.org/rfc/rfc8709#section-4, RSA: https://www.rfc-editor.org/rfc/rfc4253#section-6.6,
 * private: https://datatracker.ietf.org/doc/html/draft-ietf-sshm-ssh-agent#section-3.2. `undefined` for another kind.
 */
export function keyBlobs(key: KeyObject): KeyBlobs | undefined {
  const { kty, crv, x, d, n, e, p, q, qi } = key.export({ format: 'jwk' });
  const bytes = (base64url: string | undefined) => Buffer.from(base64url ?? '', 'base64url');
  const number = (base64url: string | undefined) => mpint(bytes(base64url));
  if (kty === 'OKP' && crv === 'Ed25519') {
    const publicBlob = Buffer.concat([string(SSH_NAMES.ed25519), string(bytes(x))]);
    const seed = Buffer.concat([bytes(d), bytes(x)]);
    const privateBlob = d === undefined ? undefined : Buffer.concat([publicBlob, string(seed)]);
    return { keyType: 'ed25519', publicBlob, privateBlob };
  }
  if (kty !== 'RSA') return undefined;
  const name = string(SSH_NAMES.rsa);
  const publicBlob = Buffer.concat([name, number(e), number(n)]);
  // The private form has the modulus before the exponent, the public one after.
  const privateBlob = d === undefined ? undefined : Buffer.concat([name, ...[n, e, d, qi, p, q].map(number)]);
  return { keyType: 'rsa', publicBlob, privateBlob };
}
