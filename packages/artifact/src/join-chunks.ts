/** Small records are joined, so that a reader is not called for every header. */
const OUTPUT_CHUNK_BYTES = 256 * 1024;
/** Room for the piece by which a chunk becomes full, where that is a usual one. */
const SPARE_BYTES = 64 * 1024;

/**
 * Joins pieces as they come; whoever pushes takes the chunk when it is full, and what is left at the end. Pieces are copied at once:
 * a chunk keeps nothing alive but itself.
 */
export class ChunkJoiner {
  #chunk: Buffer | undefined;
  #used = 0;
  /** What did not fit. */
  #long: Uint8Array[] = [];
  #waitingBytes = 0;
  #totalBytes = 0;

  /** All that was pushed so far. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  get isEmpty(): boolean {
    return this.#waitingBytes === 0;
  }

  get isFull(): boolean {
    return this.#waitingBytes >= OUTPUT_CHUNK_BYTES;
  }

  push(piece: Uint8Array): void {
    this.#waitingBytes += piece.length;
    this.#totalBytes += piece.length;
    this.#chunk ??= Buffer.allocUnsafeSlow(OUTPUT_CHUNK_BYTES + SPARE_BYTES);
    if (this.#long.length > 0 || this.#used + piece.length > this.#chunk.length) this.#long.push(piece);
    else {
      this.#chunk.set(piece, this.#used);
      this.#used += piece.length;
    }
  }

  take(): Uint8Array {
    const joined = this.#chunk?.subarray(0, this.#used) ?? Buffer.alloc(0);
    const chunk = this.#long.length === 0 ? joined : Buffer.concat([joined, ...this.#long], this.#waitingBytes);
    this.#chunk = undefined;
    this.#used = 0;
    this.#long = [];
    this.#waitingBytes = 0;
    return chunk;
  }
}

/** The same bytes in fewer, larger chunks. What has been joined waits, so a failure may come before its bytes. */
export async function* joinChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const joiner = new ChunkJoiner();
  for await (const piece of pieces) {
    joiner.push(piece);
    if (joiner.isFull) yield joiner.take();
  }
  if (!joiner.isEmpty) yield joiner.take();
}
