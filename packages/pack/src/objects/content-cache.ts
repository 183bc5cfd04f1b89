import type { PackedObject } from './packed-object.ts';

/**
 * Contents that were used last, up to a number of bytes; all of them can be made again from the pack. The very last one stays
 * however long it is: the next delta mostly changes that one, and without it a chain would be made anew for each of its links.
 */
export class ContentCache {
  readonly #maxBytes: number;
  /** A Map keeps the order of insertion: the least lately used come first. */
  readonly #contents = new Map<PackedObject, Buffer>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(object: PackedObject): Buffer | undefined {
    const content = this.#contents.get(object);
    if (content === undefined) return undefined;
    this.#contents.delete(object);
    this.#contents.set(object, content);
    return content;
  }

  set(object: PackedObject, content: Buffer): void {
    if (this.#contents.has(object)) return;
    this.#contents.set(object, content);
    this.#bytes += content.length + ENTRY_BYTES;
    if (this.#bytes > this.#maxBytes) this.#evict();
  }

  /** More than needed, so that not every content is followed by a search for the oldest. */
  #evict(): void {
    const enough = this.#maxBytes * 0.9;
    for (const [oldest, { length }] of this.#contents) {
      if (this.#bytes <= enough || this.#contents.size === 1) return;
      this.#contents.delete(oldest);
      this.#bytes -= length + ENTRY_BYTES;
    }
  }
}

/** What the map itself and the buffer's object take, about. */
const ENTRY_BYTES = 200;
