/** Writes one record of a known length, field by field, little-endian. Every entry has two of a dozen fields each, so it is lean. */
export class RecordWriter {
  readonly #record: Buffer;
  #at = 0;

  constructor(bytes: number) {
    this.#record = Buffer.allocUnsafe(bytes);
  }

  u16(value: number): this {
    this.#at = this.#record.writeUInt16LE(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.#record.writeUInt32LE(value, this.#at);
    return this;
  }

  u64(value: number): this {
    this.#at = this.#record.writeBigUInt64LE(BigInt(value), this.#at);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#record.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** Throws where the fields are not as long as the record was said to be. */
  finish(): Buffer {
    if (this.#at !== this.#record.length)
      throw new RangeError(`a record of ${this.#record.length} bytes has ${this.#at}`);
    return this.#record;
  }
}
