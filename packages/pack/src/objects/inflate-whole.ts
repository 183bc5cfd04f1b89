import { type Inflate, inflateSync } from 'node:zlib';
import { corrupt } from '../errors.ts';

export interface Inflated {
  readonly content: Buffer;
  /** How long the zlib stream is, with header and checksum. */
  readonly packedBytes: number;
}

const MIN_CHUNK_BYTES = 64;

/** What a zlib stream of this content takes at most, if its writer is no fool; a fool's is read piece by piece. */
export function likelyPackedBytes(size: number): number {
  return size + (size >> 8) + 64;
}

/**
 * Inflates the zlib stream at the front of `bytes`, whose content has `size` bytes; `undefined` where `bytes` ends before
 * the stream does. Throws `pack/corrupt`.
 */
export function inflateWhole(bytes: Buffer, size: number): Inflated | undefined {
  try {
    // Room for one byte more than comes: zlib would ask for another buffer to see that nothing is left.
    const chunkSize = Math.max(size + 1, MIN_CHUNK_BYTES);
    const result = inflateSync(bytes, { info: true, chunkSize, maxOutputLength: size + 1 });
    // With `info`, Node gives what its types do not say. https://nodejs.org/api/zlib.html#class-options
    const { buffer, engine } = result as unknown as { readonly buffer: Buffer; readonly engine: Inflate };
    if (buffer.length !== size) throw corrupt('an object is shorter than it says');
    return { content: buffer, packedBytes: engine.bytesWritten };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'Z_BUF_ERROR') return undefined;
    if (error.code === 'pack/corrupt') throw error;
    throw corrupt('an object cannot be inflated, or is longer than it says', error);
  }
}
