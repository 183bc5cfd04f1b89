import { constants, inflateRawSync } from 'node:zlib';
import type { PackedEntry } from '@gitsource/events';

/** An entry's whole content. */
export function readPacked({ body, size }: PackedEntry): Buffer {
  if (body.packing !== 'deflate') return toBuffer(body.content());
  return inflateRawSync(Buffer.concat([...body.pieces()]), { maxOutputLength: Math.max(size, 1) });
}

/** What an entry's content begins with: all that is inflated of its first packed bytes, or more. */
export function readPackedStart({ body }: PackedEntry, packedBytes: number): Buffer {
  if (body.packing !== 'deflate') return toBuffer(body.content());
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of body.pieces()) {
    pieces.push(piece.subarray(0, packedBytes - length));
    length += piece.length;
    if (length >= packedBytes) break;
  }
  return inflateRawSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH });
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
