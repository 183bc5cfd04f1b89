import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto';

export type SshKeyKind = 'ed25519' | 'rsa' | 'ecdsa';

export interface SshKeyPair {
  /** OpenSSH's own format: `-----BEGIN OPENSSH PRIVATE KEY-----`, without a passphrase. */
  readonly privateKey: string;
  /** The same key as OpenSSL writes it: PKCS#1 for RSA, SEC 1 for ECDSA. Ed25519 has no such form OpenSSH reads. */
  readonly privateKeyPem?: string;
  /** One line of `authorized_keys`: `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
}

/** Makes an SSH key pair in memory: Ed25519, RSA with 3072 bits, or ECDSA on P-256. */
export function generateKeyPair(kind: SshKeyKind = 'ed25519', comment = 'gitsource-local'): SshKeyPair {
  const key = generate(kind);
  const jwk = key.export({ format: 'jwk' });
  const { name, publicFields, privateFields } = fields(kind, jwk);
  const publicBlob = Buffer.concat([text(name), ...publicFields]);
  const pair = {
    privateKey: openSshPrivateKey(publicBlob, Buffer.concat([text(name), ...privateFields, text(comment)])),
    publicKey: `${name} ${publicBlob.toString('base64')} ${comment}`,
  };
  if (kind === 'ed25519') return pair;
  return { ...pair, privateKeyPem: key.export({ format: 'pem', type: kind === 'rsa' ? 'pkcs1' : 'sec1' }).toString() };
}

function generate(kind: SshKeyKind): KeyObject {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
  if (kind === 'ecdsa') return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  return generateKeyPairSync('ed25519').privateKey;
}

/** The key's numbers in the order of RFC 8709 (Ed25519), RFC 4253 (RSA) and RFC 5656 (ECDSA), as ssh-agent stores them. */
function fields(kind: SshKeyKind, jwk: JsonWebKey) {
  if (kind === 'rsa') {
    const privateFields = [jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(integer);
    return { name: 'ssh-rsa', publicFields: [jwk.e, jwk.n].map(integer), privateFields };
  }
  if (kind === 'ecdsa') {
    const point = bytes(Buffer.concat([Buffer.from([4]), decode(jwk.x), decode(jwk.y)]));
    const publicFields = [text('nistp256'), point];
    return { name: 'ecdsa-sha2-nistp256', publicFields, privateFields: [...publicFields, integer(jwk.d)] };
  }
  const publicKey = decode(jwk.x);
  const publicFields = [bytes(publicKey)];
  const privateFields = [...publicFields, bytes(Buffer.concat([decode(jwk.d), publicKey]))];
  return { name: 'ssh-ed25519', publicFields, privateFields };
}

/** https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, cipher and KDF `none`. */
function openSshPrivateKey(publicBlob: Buffer, privateBlob: Buffer): string {
  const check = randomBytes(4);
  const unpadded = Buffer.concat([check, check, privateBlob]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (unpadded.length % 8)) % 8));
  const count = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    count,
    bytes(publicBlob),
    bytes(Buffer.concat([unpadded, padding])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function bytes(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function text(content: string): Buffer {
  return bytes(Buffer.from(content));
}

/** An SSH `mpint`: big-endian without leading zeros, except the one that keeps the number positive. */
function integer(base64url: string | undefined): Buffer {
  let content = decode(base64url);
  while (content[0] === 0) content = content.subarray(1);
  return bytes((content[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), content]) : content);
}

function decode(base64url: string | undefined): Buffer {
  if (base64url === undefined) throw new Error('the generated key lacks a field of its kind');
  return Buffer.from(base64url, 'base64url');
}
