import * as z from 'zod/mini';
import { person } from '../commit-fields.ts';

/** https://docs.gitea.com/api/ `repoGetBranch` */
export const branch = z.object({ commit: z.object({ id: z.string() }) });

/** `repoGetTag`; the commit is peeled, and `id` is the SHA of an annotated tag itself. */
export const tag = z.object({ id: z.optional(z.string()), commit: z.object({ sha: z.string() }) });

/** `repoListGitRefs`: all refs that begin so. */
export const refs = z.array(z.object({ ref: z.string(), object: z.object({ type: z.string(), sha: z.string() }) }));

/** `repoGetAllCommits` */
export const commits = z.array(z.unknown());

/** `repoGetSingleCommit` */
export const commit = z.object({
  sha: z.string(),
  commit: z.object({
    message: z.string(),
    author: person,
    committer: person,
    tree: z.optional(z.object({ sha: z.string() })),
  }),
});
