import * as z from 'zod/mini';

/** Of https://docs.gitlab.com/api/branches/ and https://docs.gitlab.com/api/tags/; a tag's commit is peeled. */
export const refWithCommit = z.object({ commit: z.object({ id: z.string() }) });

/** https://docs.gitlab.com/api/commits/ */
export const commit = z.object({ id: z.string() });
