import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

/** What every event has around its resource, whichever its `resourceVersion`. */
export const envelope = z.object({
  id: z.string(),
  eventType: z.string(),
  subscriptionId: z.nullish(z.string()),
});

const repository = z.object({
  remoteUrl: z.string(),
  sshUrl: z.nullish(z.string()),
});

const signature = z.nullish(
  z.object({ name: z.nullish(z.string()), email: z.nullish(z.string()), date: z.nullish(z.string()) }),
);

/** https://learn.microsoft.com/azure/devops/service-hooks/events#git.push */
export const push = z.object({
  resource: z.object({
    refUpdates: listOf(z.object({ name: z.string(), oldObjectId: z.string(), newObjectId: z.string() })),
    commits: z.nullish(
      listOf(
        z.object({ commitId: z.string(), comment: z.nullish(z.string()), author: signature, committer: signature }),
      ),
    ),
    repository,
  }),
});

/** https://learn.microsoft.com/azure/devops/service-hooks/events#git.pullrequest.created */
export const pullRequest = z.object({
  resource: z.object({
    pullRequestId: z.int().check(z.positive()),
    /** `active`, `completed`, `abandoned` */
    status: z.string(),
    sourceRefName: z.string(),
    targetRefName: z.string(),
    // Absent until Azure DevOps first tried to merge.
    lastMergeSourceCommit: z.nullish(z.object({ commitId: z.string() })),
    // Only of a pull request from a fork.
    forkSource: z.nullish(z.object({})),
    repository,
  }),
});
