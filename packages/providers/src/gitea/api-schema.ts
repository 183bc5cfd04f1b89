import * as z from 'zod/mini';

/** https://docs.gitea.com/api/ `repoGetBranch` */
export const branch = z.object({ commit: z.object({ id: z.string() }) });

/** `repoGetTag`; the commit is peeled. */
export const tag = z.object({ commit: z.object({ sha: z.string() }) });

/** `repoListGitRefs`: all refs that begin so. */
export const refs = z.array(z.object({ ref: z.string(), object: z.object({ type: z.string(), sha: z.string() }) }));
