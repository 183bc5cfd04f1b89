/**
 * An archive's bytes in reading order: asked for as they are needed, so that a slow reader makes a slow provider.
 * Holds what was asked for at once and not yet taken, never more than one incoming chunk beyond that.
 */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #ready: Buffer = Buffer.alloc(0);
  #taken = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#taken;
  }

  /** What can be taken without waiting; a view, not a copy. */
  get ready(): Buffer {
    return this.#ready;
  }

  /** Waits until `bytes` are ready, or the source ends: then false. */
  async fill(bytes: number): Promise<boolean> {
    if (this.#ready.length >= bytes) return true;
    const parts = [this.#ready];
    let length = this.#ready.length;
    while (length < bytes && !this.#ended) {
      const step = await this.#source.next();
      if (step.done === true) this.#ended = true;
      else {
        const { buffer, byteOffset, byteLength } = step.value;
        parts.push(Buffer.from(buffer, byteOffset, byteLength));
        length += byteLength;
      }
    }
    const filled = parts.filter((part) => part.length > 0);
    this.#ready = filled.length === 1 && filled[0] !== undefined ? filled[0] : Buffer.concat(filled, length);
    return length >= bytes;
  }

  /** The next bytes, which must be ready. */
  take(bytes: number): Buffer {
    const taken = this.#ready.subarray(0, bytes);
    this.#ready = this.#ready.subarray(bytes);
    this.#taken += taken.length;
    return taken;
  }

  /** The next four bytes as a record's signature, left in place; undefined where fewer are left. */
  async signature(): Promise<number | undefined> {
    return (await this.fill(4)) ? this.#ready.readUInt32LE(0) : undefined;
  }

  /** Tells the source that no more is wanted, as a `for await` loop does when it is left. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.();
  }
}
