import * as z from 'zod/mini';

/** A page of https://developer.atlassian.com/server/bitbucket/rest/ `…/commits` */
export const commits = z.object({ values: z.array(z.object({ id: z.string() })) });
