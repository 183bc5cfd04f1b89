import * as z from 'zod/mini';
import { listOf } from '../list-of.ts';

const text = z.nullish(z.string());
const paths = z.nullish(listOf(z.string()));
const author = z.nullish(z.object({ name: text, email: text }));

const commit = z.object({
  id: z.string(),
  message: z.string(),
  timestamp: text,
  author,
  added: paths,
  modified: paths,
  removed: paths,
});

/** The newer names and the ones they replaced; both are sent today. */
const project = z.nullish(
  z.object({
    path_with_namespace: text,
    web_url: text,
    git_http_url: text,
    git_ssh_url: text,
    http_url: text,
    ssh_url: text,
  }),
);

/** All that payloads before GitLab 8.5 say of the project. */
const repository = z.nullish(z.object({ homepage: text, url: text, git_http_url: text, git_ssh_url: text }));

/** System hooks name every event in the body; those about projects and users have no `object_kind`. */
export const systemHook = z.object({
  object_kind: z.nullish(z.string().check(z.maxLength(100))),
  event_name: z.nullish(z.string().check(z.maxLength(100))),
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events, of a branch or a tag. */
export const push = z.object({
  ref: z.string(),
  // Null in a test delivery of a project without commits.
  before: z.nullable(z.string()),
  after: z.nullable(z.string()),
  checkout_sha: text,
  // Old versions wrote an empty list as an empty text.
  commits: z.nullish(z.union([listOf(commit), z.literal('')])),
  total_commits_count: z.nullish(z.int()),
  project,
  repository,
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events */
export const mergeRequest = z.object({
  object_attributes: z.object({
    iid: z.int().check(z.positive()),
    action: text,
    // Only in an update that brought commits.
    oldrev: text,
    source_branch: z.string(),
    target_branch: z.string(),
    // Null once the fork was deleted.
    source_project_id: z.nullish(z.int()),
    target_project_id: z.nullish(z.int()),
    last_commit: z.nullish(z.object({ id: z.string(), message: z.nullish(z.string()), timestamp: text, author })),
    target: project,
  }),
  project,
  repository,
});
