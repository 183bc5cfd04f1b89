import { isUtf8 } from 'node:buffer';
import type { PullRequest } from '@gitsource/events';
import type * as z from 'zod/mini';
import { type Delivery, refused, type Verdict, type WebhookCredentials } from '../delivery.ts';
import { deliveryIdFrom } from '../delivery-id.ts';
import type { ParsedDelivery, Webhook } from '../provider.ts';
import { parsePayload, readJson } from '../read-payload.ts';
import { type ChangeFacts, type CommitFacts, collectChanges, readSha } from '../ref-change.ts';
import { validSecrets, verifyToken } from '../signature.ts';
import { readRepository } from './repository-urls.ts';
import * as schema from './schema.ts';

/**
 * Service hooks of Azure DevOps: https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
 * They sign nothing; the password of the hook's basic authentication is the secret, its user name is not looked at.
 * No header names the event. Payloads hold no changed paths, do not say whether a branch was rewritten, and name an
 * annotated tag by its tag object. The ref of a pull request is its source branch, because `refs/pull/7/merge` is a
 * commit that nobody pushed; of a fork, that branch is not in this repository.
 */
export const webhook: Webhook = {
  verify,
  parse(delivery) {
    const body = readJson(delivery.body);
    const { id, eventType, subscriptionId } = parsePayload(schema.envelope, 'service hook', body);
    const base = { deliveryId: deliveryIdFrom(delivery, [id]), eventName: eventType, refusedRefs: [] };
    if (subscriptionId && (subscriptionId === NO_SUBSCRIPTION || SAMPLE_IDS.has(id))) {
      return { ...base, kind: 'ping', changes: [] };
    }
    if (eventType === 'git.push') return { ...base, ...pushChanges(body) };
    if (PULL_REQUEST_EVENTS.has(eventType)) return { ...base, ...pullRequestChanges(eventType, body) };
    return { ...base, kind: 'unknown', changes: [] };
  },
};

/*
 * The button "Test" sends the sample event of the documentation, about a repository that does not exist: without a
 * subscription before the hook is saved, in its name afterwards.
 */
const NO_SUBSCRIPTION = '00000000-0000-0000-0000-000000000000';
const SAMPLE_IDS: ReadonlySet<string> = new Set([
  '03c164c2-8912-4d5e-8009-3707d5f83734',
  '2ab4e3d3-b7a6-425e-92b1-5a9982c1269e',
  'af07be1b-f3ad-44c8-a7f1-c4835f2df06b',
  '6872ee8c-b333-4eff-bfb9-0d5274943566',
]);

function verify({ headers }: Delivery, credentials: WebhookCredentials): Verdict {
  const secrets = validSecrets(credentials);
  const header = headers.authorization ?? '';
  if (secrets.length === 0 || header === '') return verifyToken(undefined, secrets);
  const password = basicPassword(header);
  return password === undefined ? refused('signature-malformed') : verifyToken(password, secrets);
}

/** The password of `Basic <base64 of user:password>`; it may hold colons, the user name may not. */
function basicPassword(header: string): string | undefined {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (encoded === '' || bytes.toString('base64') !== encoded || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return text.includes(':') ? text.slice(text.indexOf(':') + 1) : undefined;
}

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;
type Commit = NonNullable<z.output<typeof schema.push>['resource']['commits']>[number];

const ADVICE = 'Set "Resource details to send" of the service hook to All; if it is, report the server\'s version.';

function pushChanges(body: unknown): Changes {
  const { resource } = parsePayload(schema.push, 'git.push', body, ADVICE);
  // By SHA, because their order is not promised: https://github.com/appveyor/ci/issues/166
  const commits = new Map(resource.commits?.map((commit) => [commit.commitId, commit]));
  const facts = resource.refUpdates.map(({ name, oldObjectId, newObjectId }): ChangeFacts => {
    const head = commits.get(newObjectId);
    return { ref: name, before: oldObjectId, after: newObjectId, headCommit: head && commitFacts(head) };
  });
  return { kind: 'changes', ...collectChanges(readRepository(resource.repository), facts) };
}

function commitFacts({ commitId, comment, author, committer }: Commit): CommitFacts {
  return {
    sha: commitId,
    message: comment ?? '',
    authorName: author?.name,
    authorEmail: author?.email,
    committedAt: committer?.date,
  };
}

const PULL_REQUEST_EVENTS: ReadonlySet<string> = new Set([
  'git.pullrequest.created',
  'git.pullrequest.updated',
  'git.pullrequest.merged',
]);

function pullRequestChanges(eventType: string, body: unknown): Changes {
  const { resource } = parsePayload(schema.pullRequest, eventType, body, ADVICE);
  const action = actionOf(eventType, resource.status);
  if (action === undefined) return { kind: 'unknown', changes: [], refusedRefs: [] };
  const { pullRequestId: number, sourceRefName: sourceRef, targetRefName: targetRef } = resource;
  const headSha = readSha('resource.lastMergeSourceCommit.commitId', resource.lastMergeSourceCommit?.commitId);
  const change = {
    ref: sourceRef,
    after: headSha,
    pullRequest: {
      number,
      action,
      sourceRef,
      targetRef,
      ...(headSha !== undefined && { headSha }),
      fromFork: Boolean(resource.forkSource),
    },
  };
  return { kind: 'changes', ...collectChanges(readRepository(resource.repository), [change]) };
}

/**
 * `merged` tells of every merge that was tried, also the trial merges of an open pull request, which change nothing; the
 * one that completes it is told by `updated` too. https://github.com/microsoft/azure-pipelines-tasks/issues/5813
 * `updated` is also sent for votes and reviewers, unless the subscription names the change it is for.
 */
function actionOf(eventType: string, status: string): PullRequest['action'] | undefined {
  if (status === 'completed') return 'merged';
  if (eventType === 'git.pullrequest.merged') return undefined;
  if (status === 'abandoned') return 'closed';
  return eventType === 'git.pullrequest.created' ? 'opened' : 'updated';
}
