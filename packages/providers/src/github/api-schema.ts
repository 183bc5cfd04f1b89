import * as z from 'zod/mini';
import { person } from '../commit-fields.ts';

/** https://docs.github.com/rest/git/refs#get-a-reference, https://docs.github.com/rest/git/tags#get-a-tag */
export const pointer = z.object({ object: z.object({ type: z.string(), sha: z.string() }) });

/** https://docs.github.com/rest/commits/commits#compare-two-commits */
export const comparison = z.object({ status: z.string() });

/** https://docs.github.com/rest/git/commits#get-a-commit-object; dates in UTC. */
export const commit = z.object({
  sha: z.string(),
  message: z.string(),
  author: person,
  committer: person,
  tree: z.optional(z.object({ sha: z.string() })),
});

/** https://docs.github.com/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app */
export const installation = z.object({ id: z.number() });

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
export const installationToken = z.object({ token: z.string(), expires_at: z.string() });

/** https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference */
export const checkRuns = z.object({
  check_runs: z.array(
    z.object({
      id: z.number(),
      external_id: z.nullish(z.string()),
      status: z.string(),
      conclusion: z.nullable(z.string()),
      details_url: z.nullable(z.string()),
      output: z.object({ title: z.nullable(z.string()) }),
    }),
  ),
});
