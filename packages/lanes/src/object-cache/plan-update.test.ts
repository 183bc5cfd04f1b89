import { describe, expect, it } from 'vitest';
import type { CacheIndex } from './cache-index.ts';
import type { LeftObjects } from './left-objects.ts';
import { MAX_GROWTH, MAX_PACKS, MIN_CACHED_BYTES, planUpdate } from './plan-update.ts';

const BASE = 10 * MIN_CACHED_BYTES;

const kept = (...sizes: number[]): CacheIndex => ({
  version: 1,
  repository: 'r',
  packs: sizes.map((bytes, n) => ({ name: `${n}.pack`, bytes })),
  tips: [],
  shallow: [],
});

const fetched = (sizes: number[], over: Partial<LeftObjects> = {}): LeftObjects => {
  const received = { packs: sizes.map((bytes) => ({ file: 'f', bytes })), tips: [], shallow: [] };
  return { usesCache: true, isStale: false, received, rewrite: () => Promise.reject(new Error('unused')), ...over };
};

describe('planUpdate', () => {
  it.each([
    ['nothing of a small repository', undefined, fetched([MIN_CACHED_BYTES - 1], { usesCache: false }), 'nothing'],
    ['the first fetch of a large one', undefined, fetched([MIN_CACHED_BYTES], { usesCache: false }), 'replace'],
    ['a fetch that dropped what was kept', kept(BASE), fetched([BASE], { usesCache: false }), 'replace'],
    ['a difference', kept(BASE), fetched([1]), 'add'],
    ['nothing where nothing came', kept(BASE), fetched([]), 'nothing'],
    ['what can just be added', kept(BASE, BASE * MAX_GROWTH - 1), fetched([1]), 'add'],
    ['anew what has grown', kept(BASE, BASE * MAX_GROWTH), fetched([1]), 'rewrite'],
    ['anew a whole fetch on top', kept(BASE), fetched([BASE]), 'rewrite'],
    ['anew too many packs', kept(BASE, ...Array<number>(MAX_PACKS - 1).fill(1)), fetched([1]), 'rewrite'],
    ['anew what holds rewritten history', kept(BASE), fetched([], { isStale: true }), 'rewrite'],
  ] as const)('keeps %s', (_, index, objects, update) => {
    expect(planUpdate(index, objects)).toBe(update);
  });
});
