import { ServiceError } from '../cloud/service.ts';

/** Lower-case header names and values that follow the last chunk. */
export type Trailers = Map<string, string>;

/** Longest chunk header or trailer line accepted. */
const MAX_LINE_BYTES = 8 * 1024;

/**
 * Takes the `aws-chunked` framing off a body: `hex length[;chunk-signature=…] CRLF data CRLF`, a last chunk of length
 * 0, then trailer lines, which are put into `trailers`.
 */
export async function* unchunk(source: AsyncIterable<Buffer>, trailers: Trailers): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  for (;;) {
    const line = await reader.readLine();
    const size = /^[0-9a-fA-F]{1,12}(?:;|$)/.test(line) ? Number.parseInt(line, 16) : Number.NaN;
    if (Number.isNaN(size)) throw incomplete(`"${line.slice(0, 40)}" is not the head of a chunk`);
    if (size === 0) break;
    yield* reader.read(size);
    if ((await reader.readLine()) !== '') throw incomplete('a chunk is longer than its head says');
  }
  for (let line = await reader.readLine(true); line !== ''; line = await reader.readLine(true)) {
    const colon = line.indexOf(':');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function incomplete(reason: string): ServiceError {
  return new ServiceError('IncompleteBody', `The aws-chunked body cannot be read: ${reason}.`);
}

class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return true;
  }

  /** Up to CRLF, without it; at the end of the source '' if `endAllowed`. */
  async readLine(endAllowed = false): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#held.subarray(0, end).toString('latin1');
        this.#held = this.#held.subarray(end + 2);
        return line;
      }
      if (this.#held.length > MAX_LINE_BYTES) throw incomplete('a line does not end');
      if (await this.#more()) continue;
      if (endAllowed && this.#held.length === 0) return '';
      throw incomplete('it ends too early');
    }
  }

  async *read(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw incomplete('it ends too early');
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}
