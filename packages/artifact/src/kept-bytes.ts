const CHUNK_BYTES = 256 * 1024;

/**
 * Small buffers that are kept to the end, copied together. Node cuts small buffers out of larger ones, and keeping one
 * keeps all that was cut from the same.
 */
export class KeptBytes {
  readonly #chunks: Buffer[] = [];
  #used = CHUNK_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === CHUNK_BYTES) {
        this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
        this.#used = 0;
      }
      const copied = bytes.copy(this.#chunks.at(-1) ?? bytes, this.#used, at);
      at += copied;
      this.#used += copied;
      this.#length += copied;
    }
  }

  *pieces(): Generator<Buffer> {
    for (const [index, chunk] of this.#chunks.entries()) {
      const isLast = index === this.#chunks.length - 1;
      yield isLast ? chunk.subarray(0, this.#used) : chunk;
    }
  }
}
