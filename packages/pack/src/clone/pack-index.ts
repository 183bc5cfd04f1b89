import { createHash } from 'node:crypto';
import { corrupt } from '../errors.ts';
import { ID_BYTES, type ObjectId } from '../objects/object-id.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';

/** Where an object lies in its pack. */
export interface IndexedObject {
  readonly id: ObjectId;
  readonly offset: number;
  /** Of its header and its compressed bytes, as they are in the pack. */
  readonly crc32: number;
}

const SIGNATURE = 0xff744f63;
const VERSION = 2;
const FANOUT_ENTRIES = 256;
const HEAD_BYTES = 8 + FANOUT_ENTRIES * 4;
/** From here on, an offset stands in the table of eight bytes each, and its place in that table has this bit. */
const FIRST_LARGE_OFFSET = 0x80000000;

/**
 * The index of a pack, version 2: https://git-scm.com/docs/gitformat-pack. `checksum` is that at the pack's end. Throws
 * `pack/corrupt` for a pack that has an object twice, which git's own tools take in different ways.
 */
export function makePackIndex(format: ObjectFormat, objects: readonly IndexedObject[], checksum: Buffer): Buffer {
  const sorted = sortById(objects);
  const idBytes = ID_BYTES[format];
  const large = sorted.filter(({ offset }) => offset >= FIRST_LARGE_OFFSET).length;
  const length = HEAD_BYTES + sorted.length * (idBytes + 8) + large * 8 + 2 * idBytes;
  const index = Buffer.allocUnsafeSlow(length);
  index.writeUInt32BE(SIGNATURE, 0);
  index.writeUInt32BE(VERSION, 4);
  writeFanout(index, sorted);
  writeObjects(index, sorted, idBytes);
  checksum.copy(index, length - 2 * idBytes);
  const hashed = index.subarray(0, length - idBytes);
  createHash(format).update(hashed).digest().copy(index, hashed.length);
  return index;
}

/** In 256 heaps first, by their first byte: to sort half a million at once takes twice as long. */
function sortById(objects: readonly IndexedObject[]): IndexedObject[] {
  const heaps = Array.from({ length: FANOUT_ENTRIES }, (): IndexedObject[] => []);
  for (const object of objects) heaps[object.id.charCodeAt(0)]?.push(object);
  // IDs have one character for each byte, so that they sort as their bytes do.
  return heaps.flatMap((heap) => heap.sort((left, right) => (left.id < right.id ? -1 : 1)));
}

/** For each first byte, how many objects have it or a lower one. */
function writeFanout(index: Buffer, sorted: readonly IndexedObject[]): void {
  let count = 0;
  for (let byte = 0; byte < FANOUT_ENTRIES; byte++) {
    while (count < sorted.length && (sorted[count]?.id.charCodeAt(0) ?? 0) <= byte) count += 1;
    index.writeUInt32BE(count, 8 + byte * 4);
  }
}

function writeObjects(index: Buffer, sorted: readonly IndexedObject[], idBytes: number): void {
  const checksums = HEAD_BYTES + sorted.length * idBytes;
  const offsets = checksums + sorted.length * 4;
  const largeOffsets = offsets + sorted.length * 4;
  let large = 0;
  let last: ObjectId | undefined;
  for (const [at, { id, offset, crc32 }] of sorted.entries()) {
    if (id === last) throw corrupt('it has an object twice');
    last = id;
    index.write(id, HEAD_BYTES + at * idBytes, 'latin1');
    index.writeUInt32BE(crc32, checksums + at * 4);
    if (offset < FIRST_LARGE_OFFSET) index.writeUInt32BE(offset, offsets + at * 4);
    else {
      index.writeUInt32BE(FIRST_LARGE_OFFSET + large, offsets + at * 4);
      index.writeBigUInt64BE(BigInt(offset), largeOffsets + large * 8);
      large += 1;
    }
  }
}
