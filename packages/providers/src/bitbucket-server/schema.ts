import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const links = z.nullish(listOf(z.object({ href: z.string(), name: z.nullish(z.string()) })));

/** Servers of version 5 send no links. The key of a personal project begins with `~`. */
export const repository = z.object({
  slug: z.string(),
  project: z.object({ key: z.string() }),
  links: z.nullish(z.object({ clone: links, self: links })),
});

const commit = z.object({
  id: z.string(),
  message: z.nullish(z.string()),
  author: z.nullish(z.object({ name: z.nullish(z.string()), emailAddress: z.nullish(z.string()) })),
  // Milliseconds since 1970, or ISO 8601.
  committerTimestamp: z.nullish(z.union([z.number(), z.string()])),
});

/** https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html#Eventpayload-Push */
export const refsChanged = z.object({
  repository,
  changes: listOf(z.object({ ref: z.object({ id: z.string() }), fromHash: z.string(), toHash: z.string() })),
  // Newer servers: the latest commits of the push (5 unless configured otherwise), and the one it ended at.
  commits: z.nullish(listOf(commit)),
  toCommit: z.nullish(commit),
});

/** https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html#Eventpayload-Pullrequest */
export const pullRequest = z.object({
  pullRequest: z.object({
    id: z.int().check(z.positive()),
    fromRef: z.object({ id: z.string(), latestCommit: z.string(), repository: z.nullish(repository) }),
    toRef: z.object({ id: z.string(), repository }),
  }),
});

const state = z.nullish(z.object({ type: z.string(), name: z.string(), target: z.object({ hash: z.string() }) }));

/**
 * What the add-on "Post Webhooks for Bitbucket" sends, whose `push` is like that of bitbucket.org.
 * https://github.com/aws-quickstart/quickstart-git2s3/issues/14
 */
export const addOnPush = z.object({
  repository,
  push: z.object({ changes: listOf(z.object({ old: state, new: state })) }),
});
