import * as z from 'zod/mini';

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-refs/: of a tag, too, the target is the commit. */
export const ref = z.object({ target: z.object({ hash: z.string() }) });

/** RFC 6749, 5.1 */
export const accessToken = z.object({ access_token: z.string(), expires_in: z.optional(z.number()) });
