import { crc32 } from 'node:zlib';
import { PackError, tooLarge } from '../errors.ts';
import type { PackLimits } from '../limits.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { applyDelta } from './apply-delta.ts';
import type { ObjectContents } from './object-contents.ts';
import { finishObjectHash, type ObjectId, type ObjectKind, startObjectHash, toHex } from './object-id.ts';
import type { FoundObject, PackedObject, ResolvedObject } from './packed-object.ts';

/** As many as git itself makes. https://git-scm.com/docs/git-pack-objects#Documentation/git-pack-objects.txt---depthltngt */
const MAX_DELTA_DEPTH = 4095;

/** The objects of a pack by their IDs, deltas resolved as soon as their bases are. */
export class ObjectSet {
  readonly #format: ObjectFormat;
  readonly #contents: ObjectContents;
  readonly #limits: PackLimits;
  readonly #byId = new Map<ObjectId, PackedObject>();
  /** Deltas whose base has not come, or is such a delta itself. */
  readonly #waiting = new Map<ObjectId | PackedObject, PackedObject[]>();
  #waitingCount = 0;
  #unpackedBytes = 0;

  constructor(format: ObjectFormat, contents: ObjectContents, limits: PackLimits) {
    this.#format = format;
    this.#contents = contents;
    this.#limits = limits;
  }

  find(id: ObjectId): FoundObject | undefined {
    const object = this.#byId.get(id);
    return object !== undefined && isResolved(object) ? object : undefined;
  }

  /** An object that is no delta. */
  addWhole(object: PackedObject, kind: ObjectKind, content: Buffer): void {
    this.#contents.keep(object, content);
    const crc = kind === 'blob' ? crc32(content) : 0;
    this.addHashed(object, { id: this.#hash(kind, content), kind, size: content.length, crc32: crc });
  }

  /** An object that is no delta, and was too long to be held. */
  addHashed(object: PackedObject, known: Pick<ResolvedObject, 'id' | 'kind' | 'size' | 'crc32'>): void {
    const { id, kind, size, crc32: crc } = known;
    this.#settle(object, { id, kind, size, crc32: crc, base: undefined, depth: 0 });
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

  #hash(kind: ObjectKind, content: Buffer): ObjectId {
    return finishObjectHash(startObjectHash(this.#format, kind, content.length).update(content));
  }

  #wait(object: PackedObject, base: ObjectId | PackedObject): void {
    this.#waitingCount += 1;
    const others = this.#waiting.get(base);
    if (others === undefined) this.#waiting.set(base, [object]);
    else others.push(object);
  }

  /** The object, then the deltas that waited for it, then those that waited for them. */
  #settle(object: PackedObject, resolved: ResolvedObject): void {
    const settled = [this.#register(object, resolved)];
    for (let base = settled.pop(); base !== undefined && this.#waitingCount > 0; base = settled.pop()) {
      for (const waiter of [...this.#takeWaiting(base), ...this.#takeWaiting(base.resolved.id)]) {
        settled.push(this.#register(waiter, this.#applied(base, waiter, this.#contents.unpack(waiter))));
      }
    }
  }

  #register(object: PackedObject, resolved: ResolvedObject): FoundObject {
    const { maxUnpackedBytes } = this.#limits;
    this.#unpackedBytes += resolved.size;
    if (this.#unpackedBytes > maxUnpackedBytes)
      throw tooLarge(`The pack unpacks to more than ${maxUnpackedBytes} bytes`);
    if (!this.#byId.has(resolved.id)) this.#byId.set(resolved.id, object);
    object.resolved = resolved;
    // By the line above.
    return object as FoundObject;
  }

  #takeWaiting(base: ObjectId | PackedObject): readonly PackedObject[] {
    const waiters = this.#waiting.get(base) ?? [];
    this.#waiting.delete(base);
    this.#waitingCount -= waiters.length;
    return waiters;
  }

  #applied(base: FoundObject, object: PackedObject, delta: Buffer): ResolvedObject {
    const { kind } = base.resolved;
    const depth = base.resolved.depth + 1;
    if (depth > MAX_DELTA_DEPTH) throw tooLarge(`The pack has more than ${MAX_DELTA_DEPTH} deltas on one another`);
    const content = applyDelta(this.#contents.contentOf(base), delta, this.#limits.maxWholeBytes);
    this.#contents.keep(object, content);
    const crc = kind === 'blob' ? crc32(content) : 0;
    return { id: this.#hash(kind, content), kind, size: content.length, crc32: crc, base, depth };
  }
}

function isResolved(object: PackedObject): object is FoundObject {
  return object.resolved !== undefined;
}
