/** What one pack may ask of this machine. Whatever needs more is refused with `pack/too-large`. */
export interface PackLimits {
  readonly maxPackBytes: number;
  /** Each takes about 300 bytes of memory. */
  readonly maxObjects: number;
  /** Of one object, unpacked. */
  readonly maxObjectBytes: number;
  /** Of an object that must be in memory as a whole: a tree, a delta, its base, and what it makes. */
  readonly maxWholeBytes: number;
  /** Of all objects together, unpacked. */
  readonly maxUnpackedBytes: number;
  /** Of what deltas make, also where it is made again as the cache has it no longer: two seconds of one core for each GiB. */
  readonly maxMadeBytes: number;
  /** Paths of the tree, and folders as many again. */
  readonly maxPaths: number;
  /** Packed bytes that are kept in memory; the rest is spooled to a file. */
  readonly maxMemoryBytes: number;
  /** Unpacked contents that are kept, because they may be bases or are needed soon. */
  readonly maxCacheBytes: number;
}

const MIB = 1024 * 1024;

export const PACK_LIMITS: PackLimits = {
  maxPackBytes: 16 * 1024 * MIB,
  maxObjects: 500_000,
  maxObjectBytes: 8 * 1024 * MIB,
  maxWholeBytes: 64 * MIB,
  maxUnpackedBytes: 64 * 1024 * MIB,
  maxMadeBytes: 16 * 1024 * MIB,
  maxPaths: 500_000,
  maxMemoryBytes: 32 * MIB,
  maxCacheBytes: 8 * MIB,
};
