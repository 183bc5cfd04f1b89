import { crc32 } from 'node:zlib';
import { corrupt, tooLarge } from '../errors.ts';
import type { PackLimits } from '../limits.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import type { EntryHeader } from './entry-header.ts';
import { createPieceInflater } from './inflate-pieces.ts';
import { finishObjectHash, startObjectHash } from './object-id.ts';
import type { ResolvedObject } from './packed-object.ts';

export interface LongObject {
  /** Takes more of the zlib stream; whether that has ended. Rejects with `pack/corrupt`. */
  readonly push: (bytes: Buffer) => Promise<boolean>;
  readonly packedBytes: () => number;
  /** What a blob was, or the whole content of anything else. */
  readonly finish: () => Pick<ResolvedObject, 'id' | 'kind' | 'size' | 'crc32'> | Buffer;
  readonly close: () => void;
}

/**
 * An object that is inflated while it arrives. A blob is hashed and not held; what has to be understood is held, up to
 * `maxWholeBytes`. Throws `pack/too-large`.
 */
export function startLongObject(header: EntryHeader, format: ObjectFormat, { maxWholeBytes }: PackLimits): LongObject {
  const { kind, size } = header;
  const isBlob = kind === 'blob';
  if (!isBlob && size > maxWholeBytes)
    throw tooLarge(`The pack has a ${kind} of ${size} bytes, more than ${maxWholeBytes}`);
  const hash = startObjectHash(format, 'blob', size);
  const held: Buffer[] = [];
  let crc = 0;
  let seen = 0;
  const inflater = createPieceInflater((piece) => {
    seen += piece.length;
    if (seen > size) throw corrupt('an object is longer than it says');
    if (isBlob) {
      hash.update(piece);
      crc = crc32(piece, crc);
    } else held.push(piece);
  });
  return {
    push: inflater.push,
    packedBytes: inflater.packedBytes,
    finish() {
      if (seen !== size) throw corrupt('an object is shorter than it says');
      return isBlob ? { id: finishObjectHash(hash), kind, size, crc32: crc } : Buffer.concat(held);
    },
    close: inflater.close,
  };
}
