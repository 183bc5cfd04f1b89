import { createInflate } from 'node:zlib';
import { corrupt } from '../errors.ts';

/** A long zlib stream that is inflated while it arrives. */
export interface PieceInflater {
  /** Takes more of the stream. Whether it has ended: then `packedBytes` are known, and what follows was not taken. */
  readonly push: (bytes: Uint8Array) => Promise<boolean>;
  /** How much of what was pushed belongs to the stream. */
  readonly packedBytes: () => number;
  readonly close: () => void;
}

const OUTPUT_BYTES = 128 * 1024;

/** Gives its content piece by piece to `take`, each to be used at once. Rejects with `pack/corrupt`, and what `take` throws. */
export function createPieceInflater(take: (piece: Buffer) => void): PieceInflater {
  const inflate = createInflate({ chunkSize: OUTPUT_BYTES });
  let settle: { resolve: (ended: boolean) => void; reject: (error: unknown) => void } | undefined;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    settle?.reject(failure.error);
    inflate.destroy();
  };
  inflate.on('data', (piece: Buffer) => {
    try {
      take(piece);
    } catch (error) {
      fail(error);
    }
  });
  inflate.on('error', (error) => fail(corrupt('an object cannot be inflated', error)));
  inflate.on('end', () => settle?.resolve(true));
  let pushedBytes = 0;
  return {
    push: (bytes) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        if (failure !== undefined) return reject(failure.error);
        pushedBytes += bytes.length;
        inflate.write(bytes, () => {
          // What zlib leaves lies behind the stream's end, and `end` follows when all content was taken.
          if (inflate.bytesWritten === pushedBytes) resolve(false);
        });
      }),
    packedBytes: () => inflate.bytesWritten,
    close: () => inflate.destroy(),
  };
}
