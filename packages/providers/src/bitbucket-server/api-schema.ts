import * as z from 'zod/mini';
import { timestamp } from '../commit-fields.ts';

/** A page of https://developer.atlassian.com/server/bitbucket/rest/ `…/commits` */
export const commits = z.object({ values: z.array(z.object({ id: z.string() })) });

const user = z.object({
  name: z.optional(z.string()),
  displayName: z.optional(z.string()),
  emailAddress: z.optional(z.string()),
});

/** `…/commits/{id}`; the committer's time is not in the oldest versions. */
export const commit = z.object({
  id: z.string(),
  message: z._default(z.string(), ''),
  author: user,
  authorTimestamp: timestamp,
  committerTimestamp: z.optional(timestamp),
});
