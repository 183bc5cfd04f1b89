import type { PullRequest } from '@gitsource/events';
import type * as z from 'zod/mini';
import { deliveryIdOf } from '../delivery-id.ts';
import type { ParsedDelivery, Webhook } from '../provider.ts';
import { parsePayload, readJson } from '../read-payload.ts';
import { type ChangeFacts, type CommitFacts, collectChanges, readSha } from '../ref-change.ts';
import { verifyHmacHeader } from '../signature.ts';
import { readRepository, repositoryPath } from './repository-urls.ts';
import * as schema from './schema.ts';

/**
 * https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 * It names no changed paths and does not say whether a branch was rewritten. Two deliveries come without a signature,
 * and pass only where the connection has address ranges and no secret: `diagnostics:ping` of the button "Test
 * connection" (https://github.com/runatlantis/atlantis/issues/474), and those of the add-on "Post Webhooks for
 * Bitbucket", of which pushes are read and pull requests are not.
 */
export const webhook: Webhook = {
  eventHeader: 'x-event-key',
  verify: (delivery, credentials) =>
    verifyHmacHeader(delivery, credentials, { header: 'x-hub-signature', algorithm: 'sha256', prefix: 'sha256=' }),
  parse(delivery, { host }) {
    const eventName = delivery.headers['x-event-key'] ?? '';
    const base = { deliveryId: deliveryIdOf(delivery, 'x-request-id'), eventName, refusedRefs: [] };
    if (eventName === 'repo:refs_changed') return { ...base, ...pushChanges(readJson(delivery.body), host) };
    if (eventName === 'repo:push') return { ...base, ...addOnChanges(readJson(delivery.body), host) };
    const action = Object.hasOwn(ACTIONS, eventName) ? ACTIONS[eventName] : undefined;
    if (action !== undefined) {
      return { ...base, ...pullRequestChanges(eventName, action, readJson(delivery.body), host) };
    }
    return { ...base, kind: eventName === 'diagnostics:ping' ? 'ping' : 'unknown', changes: [] };
  },
};

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;
type Push = z.output<typeof schema.refsChanged>;

function pushChanges(body: unknown, host: string | undefined): Changes {
  const payload = parsePayload(schema.refsChanged, 'repo:refs_changed', body);
  const { repository, changes, toCommit } = payload;
  // By SHA, not by their place in the list, which holds the commits of all changes.
  const commits = new Map([...(payload.commits ?? []), ...(toCommit ? [toCommit] : [])].map((each) => [each.id, each]));
  const facts = changes.map(({ ref, fromHash, toHash }): ChangeFacts => {
    // Of an annotated tag, `toHash` is the tag object; of several changes nothing says whose `toCommit` is.
    const isOnlyTag = changes.length === 1 && ref.id.startsWith('refs/tags/');
    const isDeleted = readSha('toHash', toHash) === undefined;
    const after = isOnlyTag && !isDeleted && toCommit ? toCommit.id : toHash;
    const head = commits.get(after);
    return { ref: ref.id, before: fromHash, after, headCommit: head && commitFacts(head) };
  });
  return { kind: 'changes', ...collectChanges(readRepository(repository, host), facts) };
}

function commitFacts(commit: NonNullable<Push['toCommit']>): CommitFacts {
  return {
    sha: commit.id,
    message: commit.message ?? '',
    authorName: commit.author?.name,
    authorEmail: commit.author?.emailAddress,
    committedAt: commit.committerTimestamp,
  };
}

function addOnChanges(body: unknown, host: string | undefined): Changes {
  const { repository, push } = parsePayload(schema.addOnPush, 'repo:push', body);
  const facts = push.changes.flatMap((change): ChangeFacts[] => {
    const named = change.new ?? change.old;
    if (!named) return [];
    const ref = `${/tag/i.test(named.type) ? 'refs/tags/' : 'refs/heads/'}${named.name}`;
    return [{ ref, before: change.old?.target.hash, after: change.new?.target.hash }];
  });
  return { kind: 'changes', ...collectChanges(readRepository(repository, host), facts) };
}

const ACTIONS: Readonly<Record<string, PullRequest['action']>> = {
  'pr:opened': 'opened',
  'pr:from_ref_updated': 'updated',
  'pr:merged': 'merged',
  'pr:declined': 'closed',
  'pr:deleted': 'closed',
};

function pullRequestChanges(
  eventName: string,
  action: PullRequest['action'],
  body: unknown,
  host: string | undefined,
): Changes {
  const { pullRequest } = parsePayload(schema.pullRequest, eventName, body);
  const { id: number, fromRef, toRef } = pullRequest;
  const headSha = readSha('pullRequest.fromRef.latestCommit', fromRef.latestCommit);
  const change = {
    ref: `refs/pull-requests/${number}/from`,
    after: fromRef.latestCommit,
    pullRequest: {
      number,
      action,
      sourceRef: fromRef.id,
      targetRef: toRef.id,
      ...(headSha !== undefined && { headSha }),
      fromFork: !fromRef.repository || repositoryPath(fromRef.repository) !== repositoryPath(toRef.repository),
    },
  };
  return { kind: 'changes', ...collectChanges(readRepository(toRef.repository, host), [change]) };
}
