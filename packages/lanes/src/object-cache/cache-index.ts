import { isCommitSha } from '@gitsource/events';
import * as z from 'zod/mini';

/** SHAs beyond these are no index of ours: a clone keeps at most 20,000 tips of 64 digits. */
export const MAX_INDEX_BYTES = 4 * 1024 * 1024;
/** Far above what a cache is rewritten at. */
const MAX_LISTED_PACKS = 100;

const sha = z.string().check(z.refine(isCommitSha));

const shape = z.strictObject({
  version: z.literal(1),
  /** Whose objects these are, so that a copied object is not taken for another repository's. */
  repository: z.string(),
  /** The first stands alone; the others add to it. */
  packs: z
    .array(
      z.strictObject({ name: z.string().check(z.regex(/^[\w-]{1,64}\.pack$/)), bytes: z.int().check(z.positive()) }),
    )
    .check(z.minLength(1), z.maxLength(MAX_LISTED_PACKS)),
  tips: z.array(sha).check(z.minLength(1)),
  shallow: z.array(sha),
});

/** Says which packs make up a repository's cache and what they hold; the only object of a cache that is ever replaced. */
export type CacheIndex = z.output<typeof shape>;

/** `undefined` for anything else. */
export function parseCacheIndex(text: string): CacheIndex | undefined {
  try {
    const result = shape.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
