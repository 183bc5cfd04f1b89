import { crc32 } from 'node:zlib';
import { PackError, tooLarge } from '../errors.ts';
import type { PackLimits } from '../limits.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import type { ObjectContents } from './object-contents.ts';
import { finishObjectHash, type ObjectId, type ObjectKind, startObjectHash, toHex } from './object-id.ts';
import type { FoundObject, PackedObject, ResolvedObject } from './packed-object.ts';

/** As many as git itself makes. https://git-scm.com/docs/git-pack-objects#Documentation/git-pack-objects.txt---depthltngt */
const MAX_DELTA_DEPTH = 4095;

/** Gets each object when it is there in full; a blob too long to be held comes without its content. */
export type SeeObject = (object: FoundObject, content: Buffer | undefined) => void;

/** The objects of a pack by their IDs, deltas resolved as soon as their bases are. */
export class ObjectSet {
  readonly #format: ObjectFormat;
  readonly #contents: ObjectContents;
  readonly #limits: PackLimits;
  readonly #see: SeeObject | undefined;
  readonly #byId = new Map<ObjectId, PackedObject>();
  /** Deltas whose base has not come, or is such a delta itself. */
  readonly #waiting = new Map<ObjectId | PackedObject, PackedObject[]>();
  #waitingCount = 0;
  #unpackedBytes = 0;

  constructor(format: ObjectFormat, contents: ObjectContents, limits: PackLimits, see?: SeeObject) {
    this.#format = format;
    this.#contents = contents;
    this.#limits = limits;
    this.#see = see;
  }

  find(id: ObjectId): FoundObject | undefined {
    const object = this.#byId.get(id);
    return object !== undefined && isResolved(object) ? object : undefined;
  }

  /** An object that is no delta. */
  addWhole(object: PackedObject, kind: ObjectKind, content: Buffer): void {
    this.#contents.keep(object, content);
    this.#settle(object, this.#made(kind, content, { base: undefined, depth: 0 }));
  }

  /** An object that is no delta, and was too long to be held. */
  addHashed(object: PackedObject, known: Pick<ResolvedObject, 'id' | 'kind' | 'size' | 'crc32'>): void {
    const { id, kind, size, crc32: crc } = known;
    const resolved = { id, kind, size, crc32: crc, base: undefined, depth: 0 };
    this.#settle(object, { resolved, content: undefined });
  }

  /** A delta by the ID of its base, or by the base itself. */
  addDelta(object: PackedObject, base: ObjectId | PackedObject, delta: Buffer): void {
    const found = typeof base === 'string' ? this.#byId.get(base) : base;
    if (found !== undefined && isResolved(found)) this.#settle(object, this.#applied(found, object, delta));
    else this.#wait(object, base);
  }

  /** When the whole pack has come. Throws `pack/object-missing`. */
  expectAllResolved(): void {
    if (this.#waitingCount === 0) return;
    const missing = [...this.#waiting.keys()].find((base) => typeof base === 'string' && !this.#byId.has(base));
    const what = typeof missing === 'string' ? toHex(missing) : 'one another';
    throw new PackError(
      'pack/object-missing',
      `${this.#waitingCount} deltas of the pack have no base in it (${what}). Run git fsck on the server.`,
    );
  }

  #wait(object: PackedObject, base: ObjectId | PackedObject): void {
    this.#waitingCount += 1;
    const others = this.#waiting.get(base);
    if (others === undefined) this.#waiting.set(base, [object]);
    else others.push(object);
  }

  /** The object, then the deltas that waited for it, then those that waited for them. */
  #settle(object: PackedObject, made: Made): void {
    const settled = [this.#register(object, made)];
    for (let base = settled.pop(); base !== undefined && this.#waitingCount > 0; base = settled.pop()) {
      for (const waiter of [...this.#takeWaiting(base), ...this.#takeWaiting(base.resolved.id)]) {
        settled.push(this.#register(waiter, this.#applied(base, waiter, this.#contents.unpack(waiter))));
      }
    }
  }

  #register(object: PackedObject, { resolved, content }: Made): FoundObject {
    const { maxUnpackedBytes } = this.#limits;
    this.#unpackedBytes += resolved.size;
    if (this.#unpackedBytes > maxUnpackedBytes)
      throw tooLarge(`The pack unpacks to more than ${maxUnpackedBytes} bytes`);
    if (!this.#byId.has(resolved.id)) this.#byId.set(resolved.id, object);
    object.resolved = resolved;
    // By the line above.
    const found = object as FoundObject;
    this.#see?.(found, content);
    return found;
  }

  #takeWaiting(base: ObjectId | PackedObject): readonly PackedObject[] {
    const waiters = this.#waiting.get(base) ?? [];
    this.#waiting.delete(base);
    this.#waitingCount -= waiters.length;
    return waiters;
  }

  #applied(base: FoundObject, object: PackedObject, delta: Buffer): Made {
    const depth = base.resolved.depth + 1;
    if (depth > MAX_DELTA_DEPTH) throw tooLarge(`The pack has more than ${MAX_DELTA_DEPTH} deltas on one another`);
    const content = this.#contents.apply(this.#contents.contentOf(base), delta);
    this.#contents.keep(object, content);
    return this.#made(base.resolved.kind, content, { base, depth });
  }

  #made(kind: ObjectKind, content: Buffer, { base, depth }: Pick<ResolvedObject, 'base' | 'depth'>): Made {
    const id = finishObjectHash(startObjectHash(this.#format, kind, content.length).update(content));
    const crc = kind === 'blob' ? crc32(content) : 0;
    return { resolved: { id, kind, size: content.length, crc32: crc, base, depth }, content };
  }
}

/** What an object is, and its content if it was held. */
interface Made {
  readonly resolved: ResolvedObject;
  readonly content: Buffer | undefined;
}

function isResolved(object: PackedObject): object is FoundObject {
  return object.resolved !== undefined;
}
