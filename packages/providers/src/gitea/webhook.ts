import type { PullRequest, Repository } from '@gitsource/events';
import type * as z from 'zod/mini';
import type { Delivery, Verdict, WebhookCredentials } from '../delivery.ts';
import { deliveryIdOf } from '../delivery-id.ts';
import type { ParseContext, ParsedDelivery, Webhook } from '../provider.ts';
import { jsonBytes, parsePayload, readJson } from '../read-payload.ts';
import { collectChanges, pushedPaths, readSha } from '../ref-change.ts';
import { repositoryOf } from '../repository-of.ts';
import { verifyHmacHeader } from '../signature.ts';
import * as schema from './schema.ts';

/** Each of the family sends its own headers and those of the ones before it. https://docs.gitea.com/usage/webhooks */
const FAMILY = ['forgejo', 'gitea', 'gogs'] as const;

/** Gitea, Forgejo and Gogs. */
export const webhook: Webhook = {
  // All three send this one.
  eventHeader: 'x-gogs-event',
  verify,
  parse(delivery, context) {
    const eventName = familyHeader(delivery, 'event') ?? '';
    const ids = FAMILY.map((name) => `x-${name}-delivery`);
    const base = { deliveryId: deliveryIdOf(delivery, ...ids), eventName };
    const read = READERS.get(eventName);
    return { ...base, ...(read === undefined ? NOTHING : read(delivery, context)) };
  },
};

/**
 * By the first of the family's signatures that came. Each is the same HMAC over the same payload, so which one is taken
 * decides nothing: it must be right. The `secret` that old versions repeat in the body proves nothing and is not read.
 */
function verify(delivery: Delivery, credentials: WebhookCredentials): Verdict {
  const name = FAMILY.find((family) => Object.hasOwn(delivery.headers, `x-${family}-signature`)) ?? 'gitea';
  // Of a form, its field is signed, not the form.
  const signed = { ...delivery, body: jsonBytes(delivery) };
  return verifyHmacHeader(signed, credentials, { header: `x-${name}-signature`, algorithm: 'sha256', prefix: '' });
}

function familyHeader({ headers }: Delivery, header: string): string | undefined {
  const name = FAMILY.find((family) => Object.hasOwn(headers, `x-${family}-${header}`));
  return name && headers[`x-${name}-${header}`];
}

type Changes = Pick<ParsedDelivery, 'kind' | 'changes' | 'refusedRefs'>;
type Push = z.output<typeof schema.push>;

const NOTHING: Changes = { kind: 'unknown', changes: [], refusedRefs: [] };

const READERS: ReadonlyMap<string, (delivery: Delivery, context: ParseContext) => Changes> = new Map([
  ['push', pushChanges],
  ['create', createdTag],
  ['delete', deletedRef],
  ['pull_request', pullRequestChanges],
]);

/** A moved tag comes as a new one: with zeros before. */
function pushChanges(delivery: Delivery, context: ParseContext): Changes {
  const payload = parsePayload(schema.push, 'push', readJson(jsonBytes(delivery)));
  const { ref, before } = payload;
  // Only the settings' "Test delivery" says that nothing changed; in a new repository both are zeros.
  if (before === payload.after) return { ...NOTHING, kind: 'ping' };
  const commits = payload.commits ?? [];
  const head = payload.head_commit ?? commits.find(({ id }) => id === payload.after);
  const isTag = ref.startsWith('refs/tags/');
  const isDeletion = readSha('after', payload.after) === undefined;
  // Of an annotated tag, `after` is the tag object and the head commit is what it stands for.
  const after = isTag && head && !isDeletion ? head.id : payload.after;
  const isUpdate = !isTag && !isDeletion && readSha('before', before) !== undefined;
  const change = {
    ref,
    before,
    after,
    headCommit: head && commitFacts(head),
    ...pushedPaths(commits, payload.total_commits, isUpdate),
  };
  return { kind: 'changes', ...collectChanges(readRepository(payload.repository, context), [change]) };
}

function commitFacts(commit: NonNullable<Push['head_commit']>) {
  return {
    sha: commit.id,
    message: commit.message,
    authorName: commit.author?.name,
    authorEmail: commit.author?.email,
    committedAt: commit.timestamp,
  };
}

/** Every new ref comes as a push too, which tells more; except the tags of Gogs, which sends no header of the others. */
function createdTag(delivery: Delivery, context: ParseContext): Changes {
  const { ref, ref_type: type, sha, repository } = readRefEvent('create', delivery);
  const isGogs = FAMILY.every((name) => name === 'gogs' || !Object.hasOwn(delivery.headers, `x-${name}-event`));
  if (!isGogs || type !== 'tag' || !sha) return NOTHING;
  const change = { ref: `refs/tags/${ref}`, after: sha };
  return { kind: 'changes', ...collectChanges(readRepository(repository, context), [change]) };
}

/**
 * The only word of a deleted branch. Of a deleted tag, a server new enough to name the event's type sends a push as well,
 * which has the old commit.
 */
function deletedRef(delivery: Delivery, context: ParseContext): Changes {
  const { ref, ref_type: type, repository } = readRefEvent('delete', delivery);
  const isPushed = type === 'tag' && familyHeader(delivery, 'event-type') !== undefined;
  if (isPushed || (type !== 'tag' && type !== 'branch')) return NOTHING;
  const change = { ref: `refs/${type === 'tag' ? 'tags' : 'heads'}/${ref}`, deleted: true };
  return { kind: 'changes', ...collectChanges(readRepository(repository, context), [change]) };
}

function readRefEvent(eventName: string, delivery: Delivery): z.output<typeof schema.refEvent> {
  return parsePayload(schema.refEvent, eventName, readJson(jsonBytes(delivery)));
}

const ACTIONS: ReadonlyMap<string, PullRequest['action']> = new Map([
  ['opened', 'opened'],
  ['reopened', 'opened'],
  ['synchronized', 'updated'],
  ['closed', 'closed'],
]);

function pullRequestChanges(delivery: Delivery, context: ParseContext): Changes {
  const payload = parsePayload(schema.pullRequest, 'pull_request', readJson(jsonBytes(delivery)));
  const { number, pull_request: pull, repository } = payload;
  const action = ACTIONS.get(payload.action);
  const source = pull.head?.ref ?? pull.head_branch;
  const target = pull.base?.ref ?? pull.base_branch;
  // Labels, assignees and reviews change no commit, and without its branches nothing can be said of a pull request.
  if (action === undefined || !source || !target) return NOTHING;
  const headSha = readSha('pull_request.head.sha', pull.head?.sha);
  const change = {
    ref: `refs/pull/${number}/head`,
    after: headSha,
    pullRequest: {
      number,
      action: action === 'closed' && pull.merged === true ? ('merged' as const) : action,
      sourceRef: fullBranch(source),
      targetRef: fullBranch(target),
      ...(headSha !== undefined && { headSha }),
      fromFork: isFork(source, (pull.head?.repo ?? pull.head_repo)?.full_name, repository.full_name),
    },
  };
  return { kind: 'changes', ...collectChanges(readRepository(repository, context), [change]) };
}

/**
 * What is not of a branch of the same repository for certain counts as from a fork. By AGit (`git push origin
 * HEAD:refs/for/main`) those who may only read make a pull request whose head is said to be of the repository itself, but
 * is on no branch of it. https://docs.gitea.com/usage/issues-prs/agit
 */
function isFork(source: string, headPath: string | null | undefined, path: string | null | undefined): boolean {
  return source.startsWith(PULL_PREFIX) || !headPath || headPath !== path;
}

const PULL_PREFIX = 'refs/pull/';

/** A head without a branch of its own is named by the full ref of its pull request. */
function fullBranch(name: string): string {
  return name.startsWith(PULL_PREFIX) ? name : `refs/heads/${name}`;
}

function readRepository(repository: Push['repository'], { host }: ParseContext): Repository {
  const { owner, name } = repository;
  const ownerName = owner?.username || owner?.login || owner?.name;
  return repositoryOf({
    path: repository.full_name || (ownerName && name ? `${ownerName}/${name}` : ''),
    webUrl: repository.html_url,
    httpsUrl: repository.clone_url,
    sshUrl: repository.ssh_url,
    host,
  });
}
