import * as z from 'zod/mini';
import { isoDate } from '../commit-fields.ts';

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-refs/: of a tag, too, the target is the commit. */
export const ref = z.object({ target: z.object({ hash: z.string() }) });

/** RFC 6749, 5.1 */
export const accessToken = z.object({ access_token: z.string(), expires_in: z.optional(z.number()) });

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/ */
export const mergeBase = z.object({ hash: z.string() });
export const commit = z.object({
  hash: z.string(),
  date: isoDate,
  message: z.string(),
  author: z.object({ raw: z.string() }),
});
