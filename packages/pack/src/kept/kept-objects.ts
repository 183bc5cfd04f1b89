import { PackError } from '../errors.ts';
import { parseObjectId } from '../objects/object-id.ts';
import type { PackSeries } from '../objects/pack-series.ts';
import type { HaveCommit } from '../protocol/fetch-pack.ts';
import { parseParents } from '../tree/parse-commit.ts';
import { connectedObjects } from './connected-objects.ts';

/** What earlier fetches of the same repository left. It comes from outside: every object of it is hashed again. */
export interface KeptObjects {
  /** To be read in this order. A delta's base is in the same pack, or in one before it. */
  readonly packs: readonly (() => AsyncIterable<Uint8Array>)[];
  /** SHAs of the commits whose trees they hold, without the commits before them. */
  readonly tips: readonly string[];
}

/** More commits are not named to a server. */
const MAX_HAVES = 100;

/**
 * Reads the kept packs, and finds the commits that a server may be told of: those whose whole tree is there. Rejects with what
 * the packs do, and where there is no such commit with `pack/object-missing`.
 */
export async function readKept(series: PackSeries, { packs, tips }: KeptObjects): Promise<HaveCommit[]> {
  for (const pack of packs) series.add(pack());
  await series.finish();
  const newest = tips.slice(-MAX_HAVES);
  const haves = newest.flatMap((sha) => {
    const [commit] = connectedObjects(series, parseObjectId(sha)) ?? [];
    if (commit === undefined) return [];
    // The server must not take the commits before it for ours, nor what only they hold.
    return [{ sha, isShallow: parseParents(series.contents.contentOf(commit)).length > 0 }];
  });
  if (haves.length > 0) return haves;
  throw new PackError('pack/object-missing', 'Of every commit that is said to be kept, objects are missing.');
}

/** What a fetch leaves for the next one of the same repository; each stream can be read until the tree is closed. */
export interface ReceivedObjects {
  /** `received` adds to the kept packs, and needs them: `tips` of both are there. Else it stands for itself. */
  readonly addsToKept: boolean;
  /** What the server sent, without deltas of what is in the kept packs. */
  readonly received: ObjectsToKeep;
  /** One pack of this commit alone, in place of all others. */
  readonly rewritten: ObjectsToKeep;
}

export interface ObjectsToKeep {
  /** One pack, of which every delta has its base in it. */
  readonly pack: () => Iterable<Uint8Array>;
  readonly tips: readonly string[];
  /** Those of them that have parents, which are not there. */
  readonly shallow: readonly string[];
}
