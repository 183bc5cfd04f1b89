import { corrupt } from '../errors.ts';
import { type ObjectId, type ObjectKind, objectIdAt } from './object-id.ts';

/** What stands before an object's compressed bytes. https://git-scm.com/docs/gitformat-pack */
export type EntryHeader = {
  /** Of the header. */
  readonly bytes: number;
  /** Of what follows, inflated: the object, or the delta that makes it. */
  readonly size: number;
} & ({ readonly kind: ObjectKind } | { readonly kind: 'offset-delta'; readonly distance: number } | ReferenceHeader);

interface ReferenceHeader {
  readonly kind: 'reference-delta';
  readonly base: ObjectId;
}

/** Two numbers of at most eight bytes, or one and an ID of 32: more is never looked at. */
export const MAX_HEADER_BYTES = 48;

const KINDS: readonly (ObjectKind | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** Reads the header at the front of `bytes`; `undefined` where it ends too early. Throws `pack/corrupt`. */
export function readEntryHeader(bytes: Buffer, idBytes: number): EntryHeader | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  const type = (first >> 4) & 7;
  let size = first & 15;
  let at = 1;
  // Multiplied, not shifted: sizes may need more than 32 bits.
  for (let byte = first, unit = 16; byte & 0x80; unit *= 128) {
    const next = bytes[at++];
    if (next === undefined) return undefined;
    size += (next & 0x7f) * unit;
    byte = next;
    if (size > Number.MAX_SAFE_INTEGER || at > 9) throw corrupt('the size of an object is no size');
  }
  if (type === OFFSET_DELTA) return readOffset(bytes, at, size);
  if (type === REFERENCE_DELTA) {
    if (bytes.length < at + idBytes) return undefined;
    return { kind: 'reference-delta', base: objectIdAt(bytes, at, at + idBytes), bytes: at + idBytes, size };
  }
  const kind = KINDS[type];
  if (kind === undefined) throw corrupt(`an object is of type ${type}, which does not exist`);
  return { kind, bytes: at, size };
}

/** How far back the base begins: seven bits a byte, highest first, and each byte but the last counts one more. */
function readOffset(bytes: Buffer, start: number, size: number): EntryHeader | undefined {
  let distance = 0;
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    distance = distance * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return { kind: 'offset-delta', distance, bytes: at + 1, size };
    distance += 1;
    if (at - start > 7) throw corrupt('the offset of a base is no offset');
  }
}
