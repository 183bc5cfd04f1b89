import { createHash } from 'node:crypto';

/** Enough that two contexts of one commit never meet. */
const DIGEST_CHARACTERS = 16;

/**
 * A text that identifies, in at most so many units of UTF-16: itself, or its beginning and a digest of all of it,
 * `codepipeline/a-long-na-6b86b273ff34fce1`. The same text has the same key for ever.
 */
export function statusKey(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
  const beginning = text.slice(0, maxUnits - DIGEST_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '');
  return `${beginning}-${digest}`;
}
