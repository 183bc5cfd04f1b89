import { isCommitSha, type PullRequest } from '@gitsource/events';
import type * as z from 'zod/mini';
import { deliveryIdOf } from '../delivery-id.ts';
import type { ParsedDelivery, Webhook } from '../provider.ts';
import { parsePayload, readJson } from '../read-payload.ts';
import { type ChangeFacts, type CommitFacts, collectChanges } from '../ref-change.ts';
import { repositoryOf } from '../repository-of.ts';
import { verifyHmacHeader } from '../signature.ts';
import * as schema from './schema.ts';

/**
 * bitbucket.org. https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
 * It names no changed paths, and abbreviates the head of a pull request to 12 digits: such an event has neither
 * `after` nor `headSha`. A pull request has no ref of its own here, so that its ref is the source branch, which for a
 * fork is not in this repository.
 */
export const webhook: Webhook = {
  eventHeader: 'x-event-key',
  verify: (delivery, credentials) =>
    verifyHmacHeader(delivery, credentials, { header: 'x-hub-signature', algorithm: 'sha256', prefix: 'sha256=' }),
  parse(delivery) {
    const eventName = delivery.headers['x-event-key'] ?? '';
    // X-Hook-UUID is the webhook's own. That a repeated attempt keeps X-Request-UUID is not documented.
    const base = { deliveryId: deliveryIdOf(delivery, 'x-request-uuid'), eventName, refusedRefs: [] };
    if (eventName === 'repo:push') return { ...base, ...pushChanges(readJson(delivery.body)) };
    const action = Object.hasOwn(ACTIONS, eventName) ? ACTIONS[eventName] : undefined;
    if (action === undefined) return { ...base, kind: 'unknown', changes: [] };
    return { ...base, ...pullRequestChanges(eventName, action, readJson(delivery.body)) };
  },
};

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;
type State = z.output<typeof schema.push>['push']['changes'][number]['new'];

function pushChanges(body: unknown): Changes {
  const { repository, push } = parsePayload(schema.push, 'repo:push', body);
  const facts = push.changes.flatMap((change): ChangeFacts[] => {
    const named = change.new ?? change.old;
    if (!named) return [];
    return [
      {
        ref: `${named.type.includes('tag') ? 'refs/tags/' : 'refs/heads/'}${named.name}`,
        before: change.old?.target.hash,
        // Of an annotated tag too, the target is the commit.
        after: change.new?.target.hash,
        forced: change.forced,
        headCommit: commitFacts(change.new),
      },
    ];
  });
  return { kind: 'changes', ...collectChanges(readRepository(repository), facts) };
}

function commitFacts(state: State): CommitFacts | undefined {
  if (!state) return undefined;
  const { hash, message, author, date } = state.target;
  // `Ada Example <ada@example.com>`
  const [, name = '', authorEmail] = /^([^<]*)(?:<([^>]*))?/.exec(author?.raw ?? '') ?? [];
  return { sha: hash, message: message ?? '', authorName: name.trim(), authorEmail, committedAt: date };
}

const ACTIONS: Readonly<Record<string, PullRequest['action']>> = {
  'pullrequest:created': 'opened',
  // Also a new title or reviewer: the payload does not say what changed.
  'pullrequest:updated': 'updated',
  'pullrequest:rejected': 'closed',
  'pullrequest:fulfilled': 'merged',
};

function pullRequestChanges(eventName: string, action: PullRequest['action'], body: unknown): Changes {
  const { repository, pullrequest } = parsePayload(schema.pullRequest, eventName, body);
  const { id: number, source, destination } = pullrequest;
  const sourceRef = `refs/heads/${source.branch.name}`;
  const sha = source.commit?.hash.toLowerCase() ?? '';
  const headSha = isCommitSha(sha) ? sha : undefined;
  const change = {
    ref: sourceRef,
    after: headSha,
    pullRequest: {
      number,
      action,
      sourceRef,
      targetRef: `refs/heads/${destination.branch.name}`,
      ...(headSha !== undefined && { headSha }),
      fromFork: source.repository?.full_name !== repository.full_name,
    },
  };
  return { kind: 'changes', ...collectChanges(readRepository(repository), [change]) };
}

function readRepository({ full_name: path, links }: z.output<typeof schema.push>['repository']) {
  return repositoryOf({ path, webUrl: links?.html?.href, host: 'bitbucket.org' });
}
