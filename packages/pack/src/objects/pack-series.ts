import { tmpdir } from 'node:os';
import { truncated } from '../errors.ts';
import { PACK_LIMITS, type PackLimits } from '../limits.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { ObjectContents } from './object-contents.ts';
import { ID_BYTES } from './object-id.ts';
import { ObjectSet, type SeeObject } from './object-set.ts';
import { PackBytes } from './pack-bytes.ts';
import { PackReader } from './pack-reader.ts';

export interface PackSeriesOptions {
  /** Limits other than `PACK_LIMITS`, of all packs together. */
  readonly limits?: Partial<PackLimits> | undefined;
  /** Where packs go that are larger than `maxMemoryBytes`, in a file without a name. Default: the system's. */
  readonly spoolFolder?: string | undefined;
}

/**
 * Packs that make one set of objects, each read while it arrives and when those before it have ended: a later one may hold
 * deltas of what an earlier one brought.
 */
export class PackSeries {
  readonly idBytes: number;
  readonly limits: PackLimits;
  readonly bytes: PackBytes;
  readonly contents: ObjectContents;
  readonly objects: ObjectSet;
  readonly #format: ObjectFormat;
  readonly #waiting: AsyncIterable<Uint8Array>[] = [];
  #reader: PackReader | undefined;
  #objectsBefore = 0;
  #hasEnded = false;
  #isClosed = false;

  constructor(format: ObjectFormat, { limits, spoolFolder = tmpdir() }: PackSeriesOptions = {}, see?: SeeObject) {
    this.#format = format;
    this.idBytes = ID_BYTES[format];
    this.limits = { ...PACK_LIMITS, ...limits };
    this.bytes = new PackBytes({ maxMemoryBytes: this.limits.maxMemoryBytes, spoolFolder });
    this.contents = new ObjectContents(this.bytes, this.limits);
    this.objects = new ObjectSet(format, this.contents, this.limits, see);
  }

  /** Of all packs, so far. */
  get objectCount(): number {
    return this.#objectsBefore + (this.#reader?.objects.length ?? 0);
  }

  /** Every pack has been read to its end, and is what it says. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Has it read after those that are there. Nothing of it is asked for before. */
  add(pack: AsyncIterable<Uint8Array>): void {
    this.#hasEnded = false;
    this.#waiting.push(pack);
  }

  /** Reads on; `false` when every pack has ended and is what it says. Throws what `PackReader` throws. */
  async advance(): Promise<boolean> {
    // Whoever asks after that must not take it for the end.
    if (this.#isClosed) throw truncated('the pack, where its reader was closed');
    this.#reader ??= this.#startNext();
    if (await this.#reader?.advance()) return true;
    if (this.#waiting.length === 0) {
      this.#hasEnded = true;
      return false;
    }
    this.#objectsBefore = this.objectCount;
    this.#reader = this.#startNext();
    return true;
  }

  /** Reads all packs to their ends. */
  async finish(): Promise<void> {
    while (await this.advance());
  }

  /** Lets go of packs and bytes, wherever it is. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.bytes.close();
    await this.#reader?.close();
  }

  #startNext(): PackReader | undefined {
    const pack = this.#waiting.shift();
    if (pack === undefined) return undefined;
    const { limits, bytes, objects } = this;
    const left = { ...limits, maxObjects: limits.maxObjects - this.#objectsBefore };
    return new PackReader(pack, { format: this.#format, limits: left, bytes, objects });
  }
}
