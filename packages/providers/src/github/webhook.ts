import type { PullRequest } from '@gitsource/events';
import type * as z from 'zod/mini';
import type { Delivery, Verdict, WebhookCredentials } from '../delivery.ts';
import { deliveryIdOf } from '../delivery-id.ts';
import type { ParsedDelivery, Webhook } from '../provider.ts';
import { jsonBytes, parsePayload, readJson } from '../read-payload.ts';
import { changedPathsOf, collectChanges, readSha } from '../ref-change.ts';
import { repositoryOf } from '../repository-of.ts';
import { verifyHmacHeader } from '../signature.ts';
import * as schema from './schema.ts';

/** GitHub.com and GitHub Enterprise Server. https://docs.github.com/webhooks */
export const webhook: Webhook = {
  eventHeader: 'x-github-event',
  verify,
  parse(delivery) {
    const eventName = delivery.headers['x-github-event'] ?? '';
    const base = { deliveryId: deliveryIdOf(delivery, 'x-github-delivery'), eventName, refusedRefs: [] };
    if (eventName === 'push') return { ...base, ...pushChanges(readJson(jsonBytes(delivery))) };
    if (eventName === 'pull_request') return { ...base, ...pullRequestChanges(readJson(jsonBytes(delivery))) };
    return { ...base, kind: eventName === 'ping' ? 'ping' : 'unknown', changes: [] };
  },
};

function verify(delivery: Delivery, credentials: WebhookCredentials): Verdict {
  // An attacker who could drop the better signature must not be left with the weaker one.
  const isOld = delivery.headers['x-hub-signature-256'] === undefined && credentials.allowSha1;
  return isOld
    ? verifyHmacHeader(delivery, credentials, { header: 'x-hub-signature', algorithm: 'sha1', prefix: 'sha1=' })
    : verifyHmacHeader(delivery, credentials, {
        header: 'x-hub-signature-256',
        algorithm: 'sha256',
        prefix: 'sha256=',
      });
}

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;

/** GitHub lists no more commits than this in one push. */
const MAX_LISTED_COMMITS = 2048;

function pushChanges(body: unknown): Changes {
  const payload = parsePayload(schema.push, 'push', body);
  const { ref, before, after, head_commit: head } = payload;
  const commits = payload.commits ?? [];
  const isNew = readSha('before', before) === undefined;
  const isTag = ref.startsWith('refs/tags/');
  const change = {
    ref,
    before,
    // Of an annotated tag, `after` is the tag object and the head commit is what it stands for.
    after: isTag && head ? head.id : after,
    forced: payload.forced,
    headCommit: head && commitFacts(head),
    changedPaths: changedPathsOf(commits),
    // A new or rewritten branch differs from what was there by more than its new commits.
    changedPathsComplete: !isNew && !isTag && payload.forced !== true && commits.length < MAX_LISTED_COMMITS,
  };
  return { kind: 'changes', ...collectChanges(readRepository(payload.repository), [change]) };
}

function commitFacts(commit: NonNullable<z.output<typeof schema.push>['head_commit']>) {
  return {
    sha: commit.id,
    message: commit.message,
    authorName: commit.author?.name,
    authorEmail: commit.author?.email,
    committedAt: commit.timestamp,
  };
}

const ACTIONS: Readonly<Record<string, PullRequest['action']>> = {
  opened: 'opened',
  reopened: 'opened',
  synchronize: 'updated',
  closed: 'closed',
};

function pullRequestChanges(body: unknown): Changes {
  const payload = parsePayload(schema.pullRequest, 'pull_request', body);
  const { number, pull_request: pull, repository } = payload;
  const action = Object.hasOwn(ACTIONS, payload.action) ? ACTIONS[payload.action] : undefined;
  // Labels, assignees, reviews and the like change no commit.
  if (action === undefined) return { kind: 'unknown', changes: [], refusedRefs: [] };
  const headSha = readSha('pull_request.head.sha', pull.head.sha);
  const change = {
    ref: `refs/pull/${number}/head`,
    after: pull.head.sha,
    pullRequest: {
      number,
      action: action === 'closed' && pull.merged === true ? ('merged' as const) : action,
      sourceRef: `refs/heads/${pull.head.ref}`,
      targetRef: `refs/heads/${pull.base.ref}`,
      ...(headSha !== undefined && { headSha }),
      fromFork: pull.head.repo?.full_name !== repository.full_name,
    },
  };
  return { kind: 'changes', ...collectChanges(readRepository(repository), [change]) };
}

function readRepository(repository: z.output<typeof schema.push>['repository']) {
  return repositoryOf({
    path: repository.full_name,
    webUrl: repository.html_url,
    httpsUrl: repository.clone_url,
    sshUrl: repository.ssh_url,
  });
}
