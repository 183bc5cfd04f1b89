import type { Readable } from 'node:stream';

/** Reads a stream by lines and by counts of bytes, holding no more than the stream's own chunks. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Up to the next separator, without it; `undefined` at the end of the stream. */
  async readUntil(separator: number): Promise<Buffer | undefined> {
    let searched = 0;
    for (;;) {
      const end = this.#rest.indexOf(separator, searched);
      if (end >= 0) {
        const line = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      searched = this.#rest.length;
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#rest = searched === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    }
  }

  /** Up to `maxBytes` bytes as they come; `undefined` at the end of the stream. */
  async read(maxBytes: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#rest = chunk;
    }
    const part = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async #next(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next();
    return done === true ? undefined : value;
  }
}
