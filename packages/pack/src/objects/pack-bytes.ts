import { SpoolFile } from './spool-file.ts';

/** Large enough that few objects lie across two; a multiple of what a packet carries is of no use. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** The first one of a small pack. */
const FIRST_SEGMENT_BYTES = 256 * 1024;
/** As much of a long content is read at once. */
const READ_BYTES = 256 * 1024;

export interface PackBytesOptions {
  /** From here on the oldest bytes go to the spool file. */
  readonly maxMemoryBytes: number;
  readonly spoolFolder: string;
}

/**
 * The bytes of a pack by their offset, for as long as an object of it may be asked for. Reads of the spool file are
 * synchronous: they are short and mostly come from the system's cache, and callers stay simple loops.
 */
export class PackBytes {
  readonly #segments: (Buffer | undefined)[] = [];
  readonly #maxSegments: number;
  readonly #spool: SpoolFile;
  /** Segments before this one are in the spool file. */
  #firstKept = 0;
  #length = 0;

  constructor({ maxMemoryBytes, spoolFolder }: PackBytesOptions) {
    this.#maxSegments = Math.max(2, Math.floor(maxMemoryBytes / SEGMENT_BYTES));
    this.#spool = new SpoolFile(spoolFolder);
  }

  get length(): number {
    return this.#length;
  }

  /** How much of the spool file was written. */
  get spooledBytes(): number {
    return this.#firstKept * SEGMENT_BYTES;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const inSegment = this.#length % SEGMENT_BYTES;
      const segment = this.#writableSegment(inSegment, bytes.length - at);
      const taken = Math.min(segment.length - inSegment, bytes.length - at);
      segment.set(at === 0 && taken === bytes.length ? bytes : bytes.subarray(at, at + taken), inSegment);
      at += taken;
      this.#length += taken;
    }
  }

  /** Bytes that are there, in one piece; not to be written to. */
  view(offset: number, length: number): Buffer {
    const index = Math.floor(offset / SEGMENT_BYTES);
    const inSegment = offset % SEGMENT_BYTES;
    const segment = this.#segments[index];
    if (segment !== undefined && inSegment + length <= SEGMENT_BYTES) {
      return segment.subarray(inSegment, inSegment + length);
    }
    const joined = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) at += this.#copy(offset + at, joined, at);
    return joined;
  }

  /** The same bytes in pieces, where they need not be in one. */
  *pieces(offset: number, length: number): Generator<Buffer> {
    for (let at = 0; at < length; ) {
      const toSegmentEnd = SEGMENT_BYTES - ((offset + at) % SEGMENT_BYTES);
      const piece = this.view(offset + at, Math.min(length - at, toSegmentEnd, READ_BYTES));
      at += piece.length;
      yield piece;
    }
  }

  close(): void {
    this.#segments.length = 0;
    this.#spool.close();
  }

  #writableSegment(used: number, more: number): Buffer {
    const index = Math.floor(this.#length / SEGMENT_BYTES);
    const segment = this.#segments[index];
    if (segment !== undefined && used < segment.length) return segment;
    if (segment === undefined && index > 0) return this.#addSegment(index, SEGMENT_BYTES);
    // The first segment grows, so that a small pack takes little memory.
    const wanted = Math.max(FIRST_SEGMENT_BYTES, (segment?.length ?? 0) * 4, used + more);
    const larger = this.#addSegment(index, Math.min(SEGMENT_BYTES, wanted));
    if (segment !== undefined) larger.set(segment);
    return larger;
  }

  #addSegment(index: number, bytes: number): Buffer {
    const segment = Buffer.allocUnsafeSlow(bytes);
    this.#segments[index] = segment;
    if (index - this.#firstKept >= this.#maxSegments) this.#spoolOldest();
    return segment;
  }

  #spoolOldest(): void {
    const oldest = this.#segments[this.#firstKept];
    if (oldest === undefined) return;
    this.#spool.write(oldest, this.#firstKept * SEGMENT_BYTES);
    this.#segments[this.#firstKept] = undefined;
    this.#firstKept += 1;
  }

  #copy(offset: number, target: Buffer, at: number): number {
    const inSegment = offset % SEGMENT_BYTES;
    const wanted = Math.min(target.length - at, SEGMENT_BYTES - inSegment);
    const segment = this.#segments[Math.floor(offset / SEGMENT_BYTES)];
    if (segment === undefined) this.#spool.read(target.subarray(at, at + wanted), offset);
    else segment.copy(target, at, inSegment, inSegment + wanted);
    return wanted;
  }
}
