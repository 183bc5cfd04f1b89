import * as z from 'zod/mini';
import { person } from '../commit-fields.ts';

/** https://learn.microsoft.com/rest/api/azure/devops/git/refs/list; peeled where it is an annotated tag. */
export const refs = z.object({
  value: z.array(z.object({ name: z.string(), objectId: z.string(), peeledObjectId: z.optional(z.string()) })),
});

/** https://learn.microsoft.com/rest/api/azure/devops/git/diffs/get */
export const difference = z.object({ commonCommit: z.optional(z.string()) });

/** https://learn.microsoft.com/rest/api/azure/devops/git/commits/get; dates in UTC. */
export const commit = z.object({
  commitId: z.string(),
  comment: z._default(z.string(), ''),
  author: person,
  committer: person,
  treeId: z.optional(z.string()),
});
