import { createHash, type Hash } from 'node:crypto';
import type { ObjectFormat } from '../protocol/open-session.ts';

export type ObjectKind = 'commit' | 'tree' | 'blob' | 'tag';

/** An object's ID as it stands in trees, one character for each byte: the shortest key that a map can have. */
export type ObjectId = string & { readonly __brand: 'ObjectId' };

export const ID_BYTES: Readonly<Record<ObjectFormat, number>> = { sha1: 20, sha256: 32 };

/** From the bytes of a tree. */
export function objectIdAt(bytes: Buffer, start: number, end: number): ObjectId {
  // Any bytes are an ID; the brand keeps hex digits out.
  return bytes.toString('latin1', start, end) as ObjectId;
}

export function parseObjectId(hex: string): ObjectId {
  return Buffer.from(hex, 'hex').toString('latin1') as ObjectId;
}

export function toHex(id: ObjectId): string {
  return Buffer.from(id, 'latin1').toString('hex');
}

/** The hash that an object's content goes through. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export function startObjectHash(format: ObjectFormat, kind: ObjectKind, size: number): Hash {
  return createHash(format).update(`${kind} ${size}\0`, 'latin1');
}

export function finishObjectHash(hash: Hash): ObjectId {
  return hash.digest('binary') as ObjectId;
}
