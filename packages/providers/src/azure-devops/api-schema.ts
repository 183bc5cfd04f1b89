import * as z from 'zod/mini';

/** https://learn.microsoft.com/rest/api/azure/devops/git/refs/list; peeled where it is an annotated tag. */
export const refs = z.object({
  value: z.array(z.object({ name: z.string(), objectId: z.string(), peeledObjectId: z.optional(z.string()) })),
});
