/** The data types of SSH that keys are written with, https://www.rfc-editor.org/rfc/rfc4251#section-5. */

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes with their length before them; text as UTF-8. */
export function string(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A positive number in as few bytes as keep its first bit 0. */
export function mpint(number: Buffer): Buffer {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : number.subarray(start);
  const isHigh = (digits[0] ?? 0) > 0x7f;
  return string(isHigh ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}

/** Takes strings off the front of bytes; throws RangeError where there is none whole. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  string(): Buffer {
    const length = this.uint32();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('a string of the key is longer than the key');
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }
}
