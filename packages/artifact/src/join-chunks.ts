/** Small records are joined, so that a reader is not called for every header. */
const OUTPUT_CHUNK_BYTES = 256 * 1024;

/** Joins pieces as they come; whoever pushes takes the chunk when it is full, and what is left at the end. */
export class ChunkJoiner {
  #waiting: Uint8Array[] = [];
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
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#totalBytes += piece.length;
  }

  take(): Uint8Array {
    const chunk = Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
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
