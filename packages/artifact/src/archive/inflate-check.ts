import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';

const INFLATED_CHUNK_BYTES = 64 * 1024;

/** What a deflated content holds, seen by inflating it on the side. */
export interface Inflated {
  readonly crc: number;
  readonly size: number;
  /** How many packed bytes it took. */
  readonly consumed: number;
}

/**
 * Inflates a content that begins `bytes`, which may end before it does or hold others after it; `consumed` tells.
 * `undefined` if it has more than `maxBytes`. Throws zlib's error.
 */
export function inflateStart(
  bytes: Uint8Array,
  maxBytes: number,
): (Inflated & { readonly content: Buffer }) | undefined {
  const options = { maxOutputLength: maxBytes, chunkSize: INFLATED_CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
  try {
    const result: unknown = inflateRawSync(bytes, { ...options, info: true });
    // With `info` zlib returns both, which its types do not say: https://nodejs.org/api/zlib.html#class-options
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    return { content: buffer, crc: crc32(buffer), size: buffer.length, consumed: engine.bytesWritten };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Inflates a long content piece by piece in zlib's thread and keeps nothing of it. To be closed after use. */
export class InflateCheck {
  readonly #inflate = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  readonly #closed: Promise<void>;
  #failure: Error | undefined;
  #crc = 0;
  #size = 0;

  /** `onInflated` sees the size grow, and may throw. */
  constructor(onInflated: (bytes: number) => void) {
    const inflate = this.#inflate;
    inflate.on('data', (chunk: Buffer) => {
      this.#crc = crc32(chunk, this.#crc);
      this.#size += chunk.length;
      try {
        onInflated(chunk.length);
      } catch (error) {
        inflate.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    inflate.on('error', (error) => {
      this.#failure = error;
    });
    this.#closed = new Promise((resolve) => {
      inflate.once('close', resolve);
    });
  }

  /** How many bytes of `piece` belong to the content: fewer than all where it ends within. Throws zlib's error. */
  async write(piece: Uint8Array): Promise<number> {
    const before = this.#inflate.bytesWritten;
    const written = new Promise<void>((resolve) => {
      this.#inflate.write(piece, () => resolve());
    });
    await Promise.race([written, this.#closed]);
    if (this.#failure !== undefined) throw this.#failure;
    return this.#inflate.bytesWritten - before;
  }

  /** To be called after the last piece. Throws zlib's error, also where the content has not ended. */
  async finish(): Promise<Inflated> {
    this.#inflate.end();
    await this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
    return { crc: this.#crc, size: this.#size, consumed: this.#inflate.bytesWritten };
  }

  close(): void {
    this.#inflate.destroy();
  }
}
