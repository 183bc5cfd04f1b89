import type { PullRequest, Repository } from '@gitsource/events';
import type * as z from 'zod/mini';
import type { Delivery, Verdict, WebhookCredentials } from '../delivery.ts';
import { deliveryIdOf } from '../delivery-id.ts';
import type { ParseContext, ParsedDelivery, Webhook } from '../provider.ts';
import { parsePayload, readJson } from '../read-payload.ts';
import { collectChanges, pushedPaths, readSha } from '../ref-change.ts';
import { repositoryOf } from '../repository-of.ts';
import { SIGNING_SECRET_PREFIX, validSecrets, verifyStandardWebhook, verifyToken } from '../signature.ts';
import * as schema from './schema.ts';

/**
 * GitLab.com and self-managed GitLab: hooks of a project, a group or the whole system.
 * A push of more refs than the setting `push_event_hooks_limit` (3) sends nothing at all.
 * https://docs.gitlab.com/user/project/integrations/webhooks/
 */
export const webhook: Webhook = {
  eventHeader: 'x-gitlab-event',
  verify,
  parse(delivery, context) {
    const event = delivery.headers['x-gitlab-event'] ?? '';
    const kind = event === 'System Hook' ? systemEvent(delivery) : (KINDS.get(event) ?? event);
    // A retry repeats the first two; the signature covers the first. The third is another one for every attempt.
    const deliveryId = deliveryIdOf(delivery, 'webhook-id', 'idempotency-key', 'x-gitlab-event-uuid');
    const base = { deliveryId, eventName: kind, refusedRefs: [] };
    if (kind === 'push' || kind === 'tag_push') return { ...base, ...pushChanges(kind, delivery, context) };
    if (kind === 'merge_request') return { ...base, ...mergeRequestChanges(delivery, context) };
    return { ...base, kind: 'unknown', changes: [] };
  },
};

const KINDS: ReadonlyMap<string, string> = new Map([
  ['Push Hook', 'push'],
  ['Tag Push Hook', 'tag_push'],
  ['Merge Request Hook', 'merge_request'],
]);

/** A system hook's `repository_update` comes beside a push event for each ref, so it starts nothing. */
function systemEvent({ body }: Delivery): string {
  const { object_kind: kind, event_name: name } = parsePayload(schema.systemHook, 'system hook', readJson(body));
  return kind ?? name ?? '';
}

/**
 * By signature as soon as one current secret is a signing token (`whsec_…`): a token seen once on the wire must not stay
 * good. By `X-Gitlab-Token` else.
 */
function verify(delivery: Delivery, credentials: WebhookCredentials, nowMs: number): Verdict {
  const isSigning = (secret: string) => secret.startsWith(SIGNING_SECRET_PREFIX);
  const secrets = validSecrets(credentials);
  return credentials.secrets.some(isSigning)
    ? verifyStandardWebhook(delivery, secrets.filter(isSigning), nowMs)
    : verifyToken(
        delivery.headers['x-gitlab-token'],
        secrets.filter((secret) => !isSigning(secret)),
      );
}

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;
type Push = z.output<typeof schema.push>;

function pushChanges(kind: string, { body }: Delivery, context: ParseContext): Changes {
  const payload = parsePayload(schema.push, kind, readJson(body));
  const { ref, before } = payload;
  const commits = payload.commits || [];
  if (isTest(before, payload.after, commits)) return { kind: 'ping', changes: [], refusedRefs: [] };
  const isTag = ref.startsWith('refs/tags/');
  // Of an annotated tag, `after` is the tag object and `checkout_sha` what it stands for.
  const after = (isTag ? payload.checkout_sha : undefined) ?? payload.after;
  const isNew = readSha('before', before) === undefined;
  const isUpdate = !isTag && !isNew && readSha('after', after) !== undefined;
  const head = commits.find(({ id }) => id === after);
  const change = {
    ref,
    before,
    after,
    headCommit: head && { ...authorOf(head), sha: head.id, message: head.message },
    // A renamed file is listed by its new name alone.
    ...pushedPaths(commits, payload.total_commits_count, isUpdate),
  };
  return { kind: 'changes', ...collectChanges(readRepository(payload.project, payload.repository, context), [change]) };
}

/**
 * The settings' "Test" button sends the newest three commits of the default branch as if the oldest of them were the one
 * before. No push lists that commit: its list begins after it. The test of merge requests cannot be told: it opens the
 * newest one again.
 */
function isTest(before: string | null, after: string | null, commits: readonly { readonly id: string }[]): boolean {
  return before === after || commits.some(({ id }) => id === before);
}

const ACTIONS: ReadonlyMap<string, PullRequest['action']> = new Map([
  ['open', 'opened'],
  ['reopen', 'opened'],
  ['update', 'updated'],
  ['close', 'closed'],
  ['merge', 'merged'],
]);

function mergeRequestChanges({ body }: Delivery, context: ParseContext): Changes {
  const payload = parsePayload(schema.mergeRequest, 'merge_request', readJson(body));
  const { project, repository, object_attributes: request } = payload;
  const action = ACTIONS.get(request.action ?? '');
  // Approvals change no commit, nor does an update of title, labels or assignees, which has no `oldrev`.
  if (action === undefined || (action === 'updated' && !request.oldrev)) {
    return { kind: 'unknown', changes: [], refusedRefs: [] };
  }
  const head = request.last_commit;
  const headSha = readSha('object_attributes.last_commit.id', head?.id);
  const change = {
    ref: `refs/merge-requests/${request.iid}/head`,
    after: headSha,
    headCommit: head && { ...authorOf(head), sha: head.id, message: head.message ?? '' },
    pullRequest: {
      number: request.iid,
      action,
      sourceRef: `refs/heads/${request.source_branch}`,
      targetRef: `refs/heads/${request.target_branch}`,
      ...(headSha !== undefined && { headSha }),
      fromFork: isFork(request),
    },
  };
  const target = readRepository(project ?? request.target, repository, context);
  return { kind: 'changes', ...collectChanges(target, [change]) };
}

/** What is not of the same project for certain counts as from a fork. */
function isFork(request: z.output<typeof schema.mergeRequest>['object_attributes']): boolean {
  return typeof request.source_project_id !== 'number' || request.source_project_id !== request.target_project_id;
}

type Authored = Pick<Exclude<NonNullable<Push['commits']>, ''>[number], 'author' | 'timestamp'>;

function authorOf({ author, timestamp }: Authored) {
  return { authorName: author?.name, authorEmail: author?.email, committedAt: timestamp };
}

function readRepository(project: Push['project'], repository: Push['repository'], { host }: ParseContext): Repository {
  const webUrl = project?.web_url ?? repository?.homepage;
  const httpsUrl = project?.git_http_url ?? project?.http_url ?? repository?.git_http_url;
  // Of either kind, by version.
  const url = /^https?:/.test(repository?.url ?? '') ? undefined : repository?.url;
  const sshUrl = project?.git_ssh_url ?? project?.ssh_url ?? repository?.git_ssh_url ?? url;
  const path = project?.path_with_namespace ?? pathOf(sshUrl) ?? pathOf(webUrl) ?? '';
  return repositoryOf({ path, webUrl, httpsUrl, sshUrl, host });
}

/** `group/app` of `git@host:group/app.git`, `ssh://git@host/group/app.git` or `https://host/group/app`. */
function pathOf(url: string | null | undefined): string | undefined {
  return /^(?:\w+:\/\/[^/]+\/|[^/:]+:(?!\/\/))(.+?)(?:\.git)?$/.exec(url ?? '')?.[1];
}
