import type { CacheIndex } from './cache-index.ts';
import type { LeftObjects } from './left-objects.ts';

/** Less than this is fetched anew as fast as it is loaded, checked and kept; see `bench/README.md`. */
export const MIN_CACHED_BYTES = 2 * 1024 * 1024;
/** Of the first pack. What was added is mostly what nobody needs any more, and is loaded each time. */
export const MAX_GROWTH = 0.5;
/** Each is an object to get and a process to check it. */
export const MAX_PACKS = 16;

/** `replace`: only what was received; `add`: to what is kept; `rewrite`: one new pack of what is needed now. */
export type CacheUpdate = 'nothing' | 'replace' | 'add' | 'rewrite';

/** Decides what is worth keeping of a fetch. `kept` is the index that the fetch used. */
export function planUpdate(
  kept: CacheIndex | undefined,
  objects: Omit<LeftObjects, 'rewrite'>,
  minBytes = MIN_CACHED_BYTES,
): CacheUpdate {
  const { received } = objects;
  const bytes = sum(received.packs);
  if (!objects.usesCache || kept === undefined) return bytes < minBytes ? 'nothing' : 'replace';
  if (objects.isStale) return 'rewrite';
  if (received.packs.length === 0) return 'nothing';
  const [first, ...added] = kept.packs;
  const isTooBig = sum(added) + bytes > MAX_GROWTH * (first?.bytes ?? 0);
  return isTooBig || kept.packs.length + received.packs.length > MAX_PACKS ? 'rewrite' : 'add';
}

function sum(packs: readonly { readonly bytes: number }[]): number {
  return packs.reduce((total, { bytes }) => total + bytes, 0);
}
