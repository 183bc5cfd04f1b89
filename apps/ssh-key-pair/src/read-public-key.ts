import { createHash, createPublicKey } from 'node:crypto';
import { type KeyType, keyBlobs, SSH_NAMES } from './key-blobs.ts';
import { OPENSSH_MAGIC } from './make-key-pair.ts';
import { Reader } from './wire-format.ts';

export interface PublicKey {
  readonly keyType: KeyType;
  /** One line as Git servers take it, without its comment: `ssh-ed25519 AAAA…`. */
  readonly line: string;
  /** `SHA256:…`, as `ssh-keygen -l` and the providers' pages show it. */
  readonly fingerprint: string;
}

/** The public half of a private key, in OpenSSH's or a PEM format; `undefined` if it is neither Ed25519 nor RSA, or not readable. */
export function readPublicKey(privateKey: string): PublicKey | undefined {
  const found = publicBlobOf(privateKey);
  if (found === undefined) return undefined;
  const { keyType, publicBlob } = found;
  return {
    keyType,
    line: `${SSH_NAMES[keyType]} ${publicBlob.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '')}`,
  };
}

function publicBlobOf(text: string): { readonly keyType: KeyType; readonly publicBlob: Buffer } | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+)-----END OPENSSH PRIVATE KEY-----/.exec(text) ?? [];
  try {
    return body === undefined ? keyBlobs(createPublicKey(text)) : openSshPublicBlob(Buffer.from(body, 'base64'));
  } catch {
    // Whatever is wrong with it, a key that cannot be read is replaced by its caller.
    return undefined;
  }
}

function openSshPublicBlob(blob: Buffer): { readonly keyType: KeyType; readonly publicBlob: Buffer } | undefined {
  if (!blob.subarray(0, OPENSSH_MAGIC.length).equals(OPENSSH_MAGIC)) return undefined;
  const reader = new Reader(blob, OPENSSH_MAGIC.length);
  const cipher = reader.string().toString();
  reader.string();
  reader.string();
  reader.uint32();
  const publicBlob = reader.string();
  const name = new Reader(publicBlob).string().toString();
  if (cipher !== 'none') return undefined;
  if (name === SSH_NAMES.ed25519) return { keyType: 'ed25519', publicBlob };
  return name === SSH_NAMES.rsa ? { keyType: 'rsa', publicBlob } : undefined;
}
