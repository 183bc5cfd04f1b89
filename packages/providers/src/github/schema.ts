import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const user = z.object({ name: z.nullish(z.string()), email: z.nullish(z.string()) });
const paths = z.nullish(listOf(z.string()));

const commit = z.object({
  id: z.string(),
  message: z.string(),
  timestamp: z.nullish(z.string()),
  author: z.nullish(user),
  added: paths,
  modified: paths,
  removed: paths,
});

const repository = z.object({
  full_name: z.string(),
  html_url: z.nullish(z.string()),
  clone_url: z.nullish(z.string()),
  ssh_url: z.nullish(z.string()),
});

/** https://docs.github.com/webhooks/webhook-events-and-payloads#push */
export const push = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  forced: z.nullish(z.boolean()),
  commits: z.nullish(listOf(commit)),
  head_commit: z.nullish(commit),
  repository,
});

/** https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request */
export const pullRequest = z.object({
  action: z.string(),
  number: z.int().check(z.positive()),
  pull_request: z.object({
    merged: z.nullish(z.boolean()),
    // The head's repository is null once the fork was deleted.
    head: z.object({ ref: z.string(), sha: z.string(), repo: z.nullish(z.object({ full_name: z.string() })) }),
    base: z.object({ ref: z.string() }),
  }),
  repository,
});
