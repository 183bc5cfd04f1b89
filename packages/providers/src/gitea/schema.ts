import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const text = z.nullish(z.string());
const paths = z.nullish(listOf(z.string()));

const commit = z.object({
  id: z.string(),
  message: z.string(),
  timestamp: text,
  author: z.nullish(z.object({ name: text, email: text })),
  added: paths,
  modified: paths,
  removed: paths,
});

const repository = z.object({
  name: text,
  full_name: text,
  // Before there was `full_name`, under one of these names.
  owner: z.nullish(z.object({ username: text, login: text, name: text })),
  html_url: text,
  clone_url: text,
  ssh_url: text,
});

/** https://docs.gitea.com/usage/webhooks#example */
export const push = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  commits: z.nullish(listOf(commit)),
  // Neither of the next two from Gogs or an old Gitea.
  total_commits: z.nullish(z.int()),
  head_commit: z.nullish(commit),
  repository,
});

/** Of `create` and `delete`; the ref is short: `v1.0.0`. */
export const refEvent = z.object({
  ref: z.string(),
  ref_type: z.string(),
  // Only of a created ref, and of Gogs only where it is a tag.
  sha: text,
  repository,
});

/** Of Gitea and Forgejo: `head` and `base`. Of Gogs: branches without commits. */
export const pullRequest = z.object({
  action: z.string(),
  number: z.int().check(z.positive()),
  pull_request: z.object({
    merged: z.nullish(z.boolean()),
    head: z.nullish(z.object({ ref: z.string(), sha: text, repo: z.nullish(z.object({ full_name: text })) })),
    base: z.nullish(z.object({ ref: z.string() })),
    head_branch: text,
    head_repo: z.nullish(z.object({ full_name: text })),
    base_branch: text,
  }),
  repository,
});
