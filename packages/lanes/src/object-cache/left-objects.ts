import type { FetchedObjects, PackFile, StoredObjects } from '@gitsource/git';
import type { ObjectsToKeep, PackedTree } from '@gitsource/pack';

/** A pack that lies in no file of its own. `bytes` is about how long it is. */
export interface PackStream {
  readonly chunks: () => Iterable<Uint8Array>;
  readonly bytes: number;
}

/** `StoredObjects` of git, or the same from a pack that was read without it. */
export interface StorableObjects extends Omit<StoredObjects, 'packs'> {
  readonly packs: readonly (PackFile | PackStream)[];
}

/** What a fetch leaves for the next one, whichever way it took. */
export interface LeftObjects extends Pick<FetchedObjects, 'usesCache' | 'isStale'> {
  readonly received: StorableObjects;
  readonly rewrite: () => Promise<StorableObjects>;
}

/** What a tree leaves whose entries have ended, for as long as it is open; `undefined` where there is nothing new. */
export function leftOf(tree: PackedTree): LeftObjects | undefined {
  const left = tree.received();
  if (left === undefined) return undefined;
  const { packBytes, keptBytes } = tree.measured();
  const storable = ({ pack, tips, shallow }: ObjectsToKeep, bytes: number): StorableObjects => ({
    packs: [{ chunks: pack, bytes }],
    tips,
    shallow,
  });
  return {
    usesCache: left.addsToKept,
    // A tree's zip holds no object but the commit's own, whatever else is kept.
    isStale: false,
    received: storable(left.received, packBytes),
    rewrite: async () => storable(left.rewritten, packBytes + keptBytes),
  };
}
