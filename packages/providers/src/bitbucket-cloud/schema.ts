import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const repository = z.object({
  full_name: z.string(),
  links: z.nullish(z.object({ html: z.nullish(z.object({ href: z.nullish(z.string()) })) })),
});

const commit = z.object({
  hash: z.string(),
  message: z.nullish(z.string()),
  date: z.nullish(z.string()),
  author: z.nullish(z.object({ raw: z.nullish(z.string()) })),
});

/** A branch or tag as it was or is; null where it was not there before, or is no more. */
const state = z.nullish(z.object({ type: z.string(), name: z.string(), target: commit }));

/** https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push */
export const push = z.object({
  repository,
  push: z.object({
    changes: listOf(z.object({ old: state, new: state, forced: z.nullish(z.boolean()) })),
  }),
});

/** https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Pull-request-events */
export const pullRequest = z.object({
  repository,
  pullrequest: z.object({
    id: z.int().check(z.positive()),
    source: z.object({
      branch: z.object({ name: z.string() }),
      // Null once the branch was deleted.
      commit: z.nullish(z.object({ hash: z.string() })),
      // Null once the fork was deleted.
      repository: z.nullish(repository),
    }),
    destination: z.object({ branch: z.object({ name: z.string() }) }),
  }),
});
