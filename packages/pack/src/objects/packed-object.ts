import type { ObjectId, ObjectKind } from './object-id.ts';

/** Where an object of the pack lies, and what it is as far as that is known. */
export interface PackedObject {
  /** Offset of its header in the pack. */
  readonly offset: number;
  /** Offset of its zlib stream, and how long that is. */
  readonly start: number;
  readonly packedBytes: number;
  /** Of the stream's content: the object, or the delta that makes it. */
  readonly unpackedBytes: number;
  /** A delta's waits for its base. */
  resolved: ResolvedObject | undefined;
}

/** An object that is there in full, and has the ID that it hashes to. */
export interface ResolvedObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly size: number;
  /** Of a blob's content; 0 for others. */
  readonly crc32: number;
  /** The object that its delta changes; `undefined` where it is no delta. */
  readonly base: PackedObject | undefined;
  /** How many deltas lie between it and a whole object. */
  readonly depth: number;
}

export type FoundObject = PackedObject & { readonly resolved: ResolvedObject };
