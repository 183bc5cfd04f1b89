import { corrupt, tooLarge } from '../errors.ts';
import type { PackLimits } from '../limits.ts';
import { applyDelta } from './apply-delta.ts';
import { ContentCache } from './content-cache.ts';
import { inflateWhole } from './inflate-whole.ts';
import type { PackBytes } from './pack-bytes.ts';
import type { PackedObject } from './packed-object.ts';

/** Makes whole contents out of packed bytes, again and again where the cache has them no more. */
export class ObjectContents {
  readonly #bytes: PackBytes;
  readonly #limits: PackLimits;
  readonly #cache: ContentCache;
  #madeBytes = 0;

  constructor(bytes: PackBytes, limits: PackLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#cache = new ContentCache(limits.maxCacheBytes);
  }

  keep(object: PackedObject, content: Buffer): void {
    this.#cache.set(object, content);
  }

  /** Of a resolved object; not to be written to. Throws `pack/too-large`, `pack/spool-failed`. */
  contentOf(object: PackedObject): Buffer {
    const chain: PackedObject[] = [];
    let next = object;
    let content = this.#cache.get(next);
    while (content === undefined) {
      const base = next.resolved?.base;
      if (base === undefined) content = this.#counted(this.unpack(next));
      else {
        chain.push(next);
        next = base;
        content = this.#cache.get(base);
      }
    }
    // Not by recursion: a chain may be as long as the pack has objects.
    this.#cache.set(next, content);
    for (let link = chain.pop(); link !== undefined; link = chain.pop()) {
      content = this.apply(content, this.unpack(link));
      this.#cache.set(link, content);
    }
    return content;
  }

  /** What a delta makes of its base. Throws `pack/corrupt`, `pack/too-large`. */
  apply(base: Buffer, delta: Buffer): Buffer {
    return this.#counted(applyDelta(base, delta, this.#limits.maxWholeBytes));
  }

  /** What the object's own zlib stream holds. */
  unpack({ start, packedBytes, unpackedBytes }: PackedObject): Buffer {
    const { maxWholeBytes } = this.#limits;
    if (unpackedBytes > maxWholeBytes) {
      throw tooLarge(`An object of ${unpackedBytes} bytes is a base or a delta, more than ${maxWholeBytes} at once`);
    }
    const inflated = inflateWhole(this.#bytes.view(start, packedBytes), unpackedBytes);
    if (inflated === undefined) throw corrupt('an object changed in the spool file');
    return inflated.content;
  }

  /** Chains of a few kilobytes can cost hours, in which nothing else would get its turn. */
  #counted(content: Buffer): Buffer {
    const { maxMadeBytes } = this.#limits;
    this.#madeBytes += content.length;
    if (this.#madeBytes <= maxMadeBytes) return content;
    throw tooLarge(`The pack's deltas make more than ${maxMadeBytes} bytes`);
  }
}
