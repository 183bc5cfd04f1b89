import { createHash } from 'node:crypto';
import { corrupt, tooLarge, truncated } from '../errors.ts';
import type { PackLimits } from '../limits.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { type EntryHeader, MAX_HEADER_BYTES, readEntryHeader } from './entry-header.ts';
import { inflateWhole, likelyPackedBytes } from './inflate-whole.ts';
import { type LongObject, startLongObject } from './long-object.ts';
import { ID_BYTES } from './object-id.ts';
import type { ObjectSet } from './object-set.ts';
import type { PackBytes } from './pack-bytes.ts';
import type { PackedObject } from './packed-object.ts';

/** `PACK`, version, number of objects. https://git-scm.com/docs/gitformat-pack */
const PACK_HEADER_BYTES = 12;
const SIGNATURE = 0x5041434b;
const VERSIONS = [2, 3];
/** Up to here an object is inflated at once, when all of it must have come: a turn of the thread pool would cost more. */
const MAX_SHORT_BYTES = 1024 * 1024;

export interface PackReaderParts {
  readonly format: ObjectFormat;
  readonly limits: PackLimits;
  readonly bytes: PackBytes;
  readonly objects: ObjectSet;
}

/** Reads a pack while it arrives: every object is inflated and hashed once, in the order of the pack. */
export class PackReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #parts: PackReaderParts;
  readonly #list: PackedObject[] = [];
  readonly #hash;
  #count: number | undefined;
  /** Where the next object begins; first, where the pack itself does. */
  #position: number;
  /** Up to here the bytes went into the checksum. */
  #hashed: number;
  #hasEnded = false;
  #isVerified = false;
  #failure: { readonly error: unknown } | undefined;
  #long: { readonly object: LongObject; readonly header: EntryHeader; fed: number } | undefined;

  constructor(source: AsyncIterable<Uint8Array>, parts: PackReaderParts) {
    this.#source = source[Symbol.asyncIterator]();
    this.#parts = parts;
    // What is there already is of packs before this one.
    this.#position = this.#hashed = parts.bytes.length;
    this.#hash = createHash(parts.format);
  }

  /** Those that have come, in the pack's order. */
  get objects(): readonly PackedObject[] {
    return this.#list;
  }

  /**
   * Takes the next piece of the pack and reads what it completes; `false` when the pack has ended and is what it says:
   * count, checksum, every delta resolved, nothing after it. Throws `pack/corrupt`, `pack/truncated`, `pack/too-large`,
   * `pack/object-missing`, `pack/spool-failed`, and what the source throws.
   */
  async advance(): Promise<boolean> {
    if (this.#isVerified) return false;
    // Whoever asks again after a failure must not take its end for that of the pack.
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      await this.#readNext();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
    return !this.#isVerified;
  }

  /** Lets go of the source, wherever it is. */
  async close(): Promise<void> {
    this.#failure ??= { error: truncated('the pack, where its reader was closed') };
    this.#long?.object.close();
    await this.#source.return?.();
  }

  async #readNext(): Promise<void> {
    const { bytes, limits } = this.#parts;
    const { done, value } = await this.#source.next();
    if (done === true) this.#hasEnded = true;
    else bytes.append(value);
    if (bytes.length > limits.maxPackBytes) throw tooLarge(`The pack is longer than ${limits.maxPackBytes} bytes`);
    await this.#readObjects();
    if (this.#hasEnded) this.#verify();
  }

  async #readObjects(): Promise<void> {
    if (this.#count === undefined && this.#parts.bytes.length - this.#position >= PACK_HEADER_BYTES)
      this.#count = this.#readPackHeader();
    while (this.#list.length < (this.#count ?? 0)) {
      if (this.#long === undefined ? !this.#readShort() : !(await this.#readLong())) break;
    }
    this.#hashTo(this.#position);
    const { bytes, format } = this.#parts;
    const isComplete = this.#list.length === this.#count;
    if (isComplete && bytes.length > this.#position + ID_BYTES[format]) throw corrupt('bytes follow its end');
  }

  #hashTo(end: number): void {
    for (const piece of this.#parts.bytes.pieces(this.#hashed, end - this.#hashed)) this.#hash.update(piece);
    // Within a long object, more is hashed already than what has been read.
    this.#hashed = Math.max(this.#hashed, end);
  }

  #readPackHeader(): number {
    const header = this.#parts.bytes.view(this.#position, PACK_HEADER_BYTES);
    const count = header.readUInt32BE(8);
    if (header.readUInt32BE(0) !== SIGNATURE) throw corrupt('it does not begin as a pack does');
    if (!VERSIONS.includes(header.readUInt32BE(4))) throw corrupt('it is of a version that does not exist');
    const { maxObjects } = this.#parts.limits;
    if (count > maxObjects) throw tooLarge(`The pack has ${count} objects, more than ${maxObjects}`);
    this.#position += PACK_HEADER_BYTES;
    return count;
  }

  /** One object that has come as a whole; `false` where more is needed. A long one is only begun. */
  #readShort(): boolean {
    const { bytes, format, limits } = this.#parts;
    const offset = this.#position;
    const available = bytes.length - offset;
    if (available < MAX_HEADER_BYTES && !this.#hasEnded) return false;
    const header = readEntryHeader(bytes.view(offset, Math.min(available, MAX_HEADER_BYTES)), ID_BYTES[format]);
    if (header === undefined) throw truncated('the pack');
    if (header.size > limits.maxObjectBytes) {
      throw tooLarge(`The pack has an object of ${header.size} bytes, more than ${limits.maxObjectBytes}`);
    }
    const start = offset + header.bytes;
    const came = bytes.length - start;
    const needed = likelyPackedBytes(header.size);
    if (header.size <= MAX_SHORT_BYTES) {
      if (came < needed && !this.#hasEnded) return false;
      const inflated = inflateWhole(bytes.view(start, Math.min(came, needed)), header.size);
      if (inflated !== undefined) {
        this.#add(header, inflated.packedBytes, inflated.content);
        return true;
      }
      if (this.#hasEnded && came <= needed) throw truncated('the pack');
    }
    this.#long = { object: startLongObject(header, format, limits), header, fed: start };
    return true;
  }

  async #readLong(): Promise<boolean> {
    const { bytes } = this.#parts;
    const long = this.#long;
    if (long === undefined) return false;
    for (const piece of bytes.pieces(long.fed, bytes.length - long.fed)) {
      long.fed += piece.length;
      if (!(await long.object.push(piece))) {
        this.#hashTo(long.fed);
        continue;
      }
      this.#long = undefined;
      this.#add(long.header, long.object.packedBytes(), long.object.finish());
      return true;
    }
    return false;
  }

  #add(header: EntryHeader, packedBytes: number, read: ReturnType<LongObject['finish']>): void {
    const { objects } = this.#parts;
    const offset = this.#position;
    const start = offset + header.bytes;
    const object: PackedObject = { offset, start, packedBytes, unpackedBytes: header.size, resolved: undefined };
    this.#position = start + packedBytes;
    if (!Buffer.isBuffer(read)) objects.addHashed(object, read);
    else if (header.kind === 'offset-delta') objects.addDelta(object, this.#objectAt(offset - header.distance), read);
    else if (header.kind === 'reference-delta') objects.addDelta(object, header.base, read);
    else objects.addWhole(object, header.kind, read);
    this.#list.push(object);
  }

  /** The list is in order of offsets. */
  #objectAt(offset: number): PackedObject {
    let low = 0;
    let high = this.#list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const object = this.#list[middle];
      if (object?.offset === offset) return object;
      if (object !== undefined && object.offset < offset) low = middle + 1;
      else high = middle - 1;
    }
    throw corrupt('a delta has a base where no object begins');
  }

  #verify(): void {
    const { bytes, format, objects } = this.#parts;
    const trailerBytes = ID_BYTES[format];
    const left = bytes.length - this.#position;
    if (this.#count === undefined || this.#list.length < this.#count || left < trailerBytes)
      throw truncated('the pack');
    const trailer = bytes.view(this.#position, trailerBytes);
    if (!this.#hash.digest().equals(trailer)) throw corrupt('its checksum is not that of its bytes');
    objects.expectAllResolved();
    this.#isVerified = true;
  }
}
