import * as z from 'zod/mini';
import { isoDate } from '../commit-fields.ts';

/** Of https://docs.gitlab.com/api/branches/ and https://docs.gitlab.com/api/tags/; a tag's commit is peeled, `target` is the tag itself. */
export const refWithCommit = z.object({ target: z.optional(z.string()), commit: z.object({ id: z.string() }) });

/** https://docs.gitlab.com/api/commits/ */
export const commitId = z.object({ id: z.string() });
export const commit = z.object({
  id: z.string(),
  message: z.string(),
  author_name: z.string(),
  author_email: z.string(),
  authored_date: isoDate,
  committed_date: isoDate,
});
