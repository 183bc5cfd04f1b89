import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { ObjectKind } from '../objects/object-id.ts';
import type { PackSeries } from '../objects/pack-series.ts';
import type { FoundObject, PackedObject } from '../objects/packed-object.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';

/** https://git-scm.com/docs/gitformat-pack */
const SIGNATURE = 'PACK';
const VERSION = 2;
const TYPES: Readonly<Record<ObjectKind | 'reference-delta', number>> = {
  commit: 1,
  tree: 2,
  blob: 3,
  tag: 4,
  'reference-delta': 7,
};

/**
 * A pack of these objects, which stands alone: what is packed already is copied, and a delta whose base is not among them
 * becomes a whole object. Each of them once.
 */
export function* writeObjects(
  series: PackSeries,
  format: ObjectFormat,
  objects: readonly FoundObject[],
): Generator<Uint8Array> {
  const written = new Set<PackedObject>(objects);
  const hash = createHash(format);
  const header = Buffer.alloc(12);
  header.write(SIGNATURE, 'latin1');
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(objects.length, 8);
  hash.update(header);
  yield header;
  for (const object of objects) {
    for (const piece of piecesOf(series, object, written)) {
      hash.update(piece);
      yield piece;
    }
  }
  yield hash.digest();
}

function* piecesOf(series: PackSeries, object: FoundObject, written: ReadonlySet<PackedObject>): Generator<Uint8Array> {
  const { kind, base } = object.resolved;
  const packed = () => series.bytes.pieces(object.start, object.packedBytes);
  if (base === undefined) {
    yield entryHeader(TYPES[kind], object.unpackedBytes);
    yield* packed();
  } else if (base.resolved !== undefined && written.has(base)) {
    // The base itself and not another object of its ID, which may be a delta of this one.
    yield entryHeader(TYPES['reference-delta'], object.unpackedBytes);
    yield Buffer.from(base.resolved.id, 'latin1');
    yield* packed();
  } else {
    const content = series.contents.contentOf(object);
    yield entryHeader(TYPES[kind], content.length);
    yield deflateSync(content);
  }
}

/** Type and size, four bits and then seven a byte, lowest first. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size % 16);
  // Divided, not shifted: sizes may need more than 32 bits.
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}
