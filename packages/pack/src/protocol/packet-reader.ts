import { PackError, protocolBroken, truncated } from '../errors.ts';
import type { Answer } from '../transport/transport.ts';

/** A pkt-line's bytes, or one of the three that have none. https://git-scm.com/docs/protocol-common#_pkt_line_format */
export type Packet = Buffer | SpecialPacket;
export type SpecialPacket = 'flush' | 'delimiter' | 'response-end';

/** Its length field says 65,520 at most. */
const MAX_PACKET_BYTES = 65_520;
const LENGTH_BYTES = 4;
const SPECIAL: Readonly<Record<number, SpecialPacket>> = { 0: 'flush', 1: 'delimiter', 2: 'response-end' };

/** Text as one packet. */
export function packet(text: string): string {
  return `${(Buffer.byteLength(text) + LENGTH_BYTES).toString(16).padStart(4, '0')}${text}`;
}

export const FLUSH = '0000';
export const DELIMITER = '0001';

/** Reads the packets of one answer; holds one packet at most, and no chunk twice. */
export class PacketReader {
  readonly #answer: Answer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** Throws `pack/protocol-broken`, `pack/truncated`, and what the transport throws. */
  async next(): Promise<Packet> {
    const length = await this.nextLength();
    return typeof length === 'string' ? length : this.take(length);
  }

  /** How long the next packet's content is; all of it is to be taken before the next is asked for. Throws what `next` throws. */
  async nextLength(): Promise<number | SpecialPacket> {
    const digits = (await this.take(LENGTH_BYTES)).toString('latin1');
    const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    const special = SPECIAL[length];
    if (special !== undefined) return special;
    if (!(length >= LENGTH_BYTES && length <= MAX_PACKET_BYTES)) {
      throw protocolBroken(`a packet begins with ${JSON.stringify(digits)}`);
    }
    return length - LENGTH_BYTES;
  }

  /**
   * A packet as text without its line end; `undefined` at the end of a section. Throws what `next` throws, and
   * `pack/server-refused` for the server's own error.
   */
  async nextLine(): Promise<string | undefined> {
    const next = await this.next();
    if (typeof next === 'string') return undefined;
    const line = next.toString('utf8').replace(/\n$/, '');
    if (line.startsWith('ERR ')) throw serverRefused(line.slice(4));
    return line;
  }

  /** After the last packet. */
  async finish(): Promise<void> {
    if (this.#rest.length > 0) throw protocolBroken('bytes follow the end of an answer');
    await this.#answer.finish();
  }

  abandon(): void {
    this.#answer.abandon();
  }

  /** So much, in one piece. */
  async take(bytes: number): Promise<Buffer> {
    if (this.#rest.length < bytes) {
      const pieces = [this.#rest];
      for (let have = this.#rest.length; have < bytes; ) {
        const chunk = await this.#nextChunk();
        pieces.push(chunk);
        have += chunk.length;
      }
      this.#rest = Buffer.concat(pieces);
    }
    return this.#taken(bytes);
  }

  /** At most so much: as it came, so that nothing is copied. */
  async takeSome(maxBytes: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#nextChunk();
    return this.#taken(maxBytes);
  }

  #taken(maxBytes: number): Buffer {
    const taken = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  async #nextChunk(): Promise<Buffer> {
    const { done, value } = await this.#answer.chunks.next();
    if (done === true) throw truncated('a packet');
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}

const MAX_SHOWN = 300;

/** What the server says of itself, as one line of plain characters. */
export function serverRefused(words: string): PackError {
  const plain = words
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MAX_SHOWN);
  const message = `The server refused: ${JSON.stringify(plain)}.`;
  return new PackError('pack/server-refused', message, { serverWords: words });
}
