import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const commit = z.object({
  sha: z.string(),
  message: z.string(),
  authorName: z.nullish(z.string()),
  authorEmail: z.nullish(z.string()),
  committedAt: z.nullish(z.string()),
});

/** `{"repository": {"path": "team/app"}, "changes": [{"ref": "refs/heads/main", "before": "…", "after": "…"}]}` */
export const push = z.object({
  repository: z.object({
    path: z.string(),
    webUrl: z.nullish(z.string()),
    httpsUrl: z.nullish(z.string()),
    sshUrl: z.nullish(z.string()),
  }),
  changes: listOf(
    z.object({
      ref: z.string(),
      before: z.nullish(z.string()),
      after: z.nullish(z.string()),
      forced: z.nullish(z.boolean()),
      headCommit: z.nullish(commit),
      changedPaths: z.nullish(listOf(z.string())),
      changedPathsComplete: z.nullish(z.boolean()),
    }),
  ),
});
