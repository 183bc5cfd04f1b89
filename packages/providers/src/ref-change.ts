import {
  type CommitSha,
  type HeadCommit,
  isCommitSha,
  type PullRequest,
  type Repository,
  readGitRef,
} from '@gitsource/events';
import { ProvidersError } from './errors.ts';
import type { RefChange, RefusedRef } from './provider.ts';
import { matchSkipCi } from './skip-ci.ts';

/** One change as a payload tells it. */
export interface ChangeFacts {
  /** Full ref: `refs/heads/main`. */
  readonly ref: string;
  /** Zeros, null, or absent where the ref was created. */
  readonly before?: string | null | undefined;
  /** Zeros, null, or absent where the ref was deleted. */
  readonly after?: string | null | undefined;
  /** Said outright, where the payload of a deletion names no commit at all. */
  readonly deleted?: boolean;
  readonly forced?: boolean | null | undefined;
  readonly headCommit?: CommitFacts | null | undefined;
  readonly changedPaths?: readonly string[];
  /** Whether `changedPaths` holds every path that differs between before and after. Default false. */
  readonly changedPathsComplete?: boolean;
  readonly pullRequest?: PullRequest;
}

export interface CommitFacts {
  readonly sha: string;
  readonly message: string;
  readonly authorName?: string | null | undefined;
  readonly authorEmail?: string | null | undefined;
  /** ISO 8601, or milliseconds since 1970. */
  readonly committedAt?: string | number | null | undefined;
}

/** Turns each change into the common form; a ref that Git or a pipeline could not safely take is refused by name. */
export function collectChanges(
  repository: Repository,
  facts: readonly ChangeFacts[],
): { readonly changes: RefChange[]; readonly refusedRefs: RefusedRef[] } {
  const changes: RefChange[] = [];
  const refusedRefs: RefusedRef[] = [];
  for (const fact of facts) {
    const ref = readRef(fact.ref);
    const refused = 'reason' in ref ? ref : refusedBranch(fact.pullRequest);
    if (refused !== undefined) refusedRefs.push(refused);
    else if (!('reason' in ref)) changes.push(refChange(repository, ref, fact));
  }
  return { changes, refusedRefs };
}

/** Of a pull request's two branches: they go into its event as they are, and a text of any length would not fit. */
function refusedBranch(pullRequest: PullRequest | undefined): RefusedRef | undefined {
  if (pullRequest === undefined) return undefined;
  return [pullRequest.sourceRef, pullRequest.targetRef].map(readRef).find((ref) => 'reason' in ref);
}

type ReadRef = Pick<RefChange, 'ref' | 'refType' | 'refName'>;

function readRef(text: string): ReadRef | RefusedRef {
  const ref = readGitRef(text);
  if ('problem' in ref) return { ref: shownRef(text), reason: ref.problem };
  if (ref.kind === 'short') return { ref: shownRef(text), reason: 'is no full ref' };
  return { ref: text, refType: ref.kind, refName: ref.shortName };
}

function refChange(repository: Repository, ref: ReadRef, facts: ChangeFacts): RefChange {
  const before = readSha('before', facts.before);
  const after = readSha('after', facts.after);
  const isPush = facts.pullRequest === undefined;
  if (isPush && before === undefined && after === undefined && facts.deleted !== true) {
    throw malformed(`${shownRef(ref.ref)} has neither an old nor a new commit`);
  }
  const headCommit = readHeadCommit(facts.headCommit);
  return {
    repository,
    ...ref,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    created: isPush && before === undefined && after !== undefined,
    deleted: isPush && after === undefined,
    forced: facts.forced ?? false,
    ...(headCommit !== undefined && { headCommit }),
    changedPaths: facts.changedPaths ?? [],
    changedPathsComplete: facts.changedPathsComplete ?? false,
    skipCi: matchSkipCi(facts.headCommit?.message ?? ''),
    ...(facts.pullRequest !== undefined && { pullRequest: facts.pullRequest }),
  };
}

/** A full SHA; zeros, null and nothing mean that there is none. Throws `providers/payload-malformed`. */
export function readSha(field: string, text: string | null | undefined): CommitSha | undefined {
  if (text === null || text === undefined || /^0*$/.test(text)) return undefined;
  const sha = text.toLowerCase();
  if (isCommitSha(sha)) return sha;
  throw malformed(`"${field}" is no full commit SHA`);
}

/** Longer ones tell nothing more, and an event has 256 KB for all refs' worth of them. */
const MAX_SUBJECT = 1000;
const MAX_NAME = 256;

function readHeadCommit(facts: CommitFacts | null | undefined): HeadCommit | undefined {
  const sha = facts?.sha.toLowerCase();
  if (facts === null || facts === undefined || sha === undefined || !isCommitSha(sha)) return undefined;
  return {
    sha,
    subject: (/^.*/.exec(facts.message.trimStart())?.[0] ?? '').trimEnd().slice(0, MAX_SUBJECT),
    authorName: (facts.authorName ?? '').slice(0, MAX_NAME),
    authorEmail: (facts.authorEmail ?? '').slice(0, MAX_NAME),
    committedAt: readTime(facts.committedAt),
  };
}

function readTime(time: string | number | null | undefined): string {
  if (typeof time === 'string') return time.slice(0, MAX_NAME);
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** The paths that one commit of a payload lists. */
export interface ListedCommit {
  readonly added?: readonly string[] | null | undefined;
  readonly modified?: readonly string[] | null | undefined;
  readonly removed?: readonly string[] | null | undefined;
}

/**
 * What a push's commits tell, where the server sends no forced flag: they are those of `before..after`, so that none at
 * all in an updated branch means that it went back. A branch that was rewritten looks like one that went on: what only
 * its lost commits touched is missing, and nothing in the payload shows it.
 */
export function pushedPaths(
  commits: readonly ListedCommit[],
  total: number | null | undefined,
  isUpdate: boolean,
): Required<Pick<ChangeFacts, 'forced' | 'changedPaths' | 'changedPathsComplete'>> {
  const isComplete =
    commits.length > 0 &&
    commits.length === total &&
    commits.every(({ added, modified, removed }) => (added ?? modified ?? removed ?? null) !== null);
  return {
    forced: isUpdate && total === 0,
    changedPaths: changedPathsOf(commits),
    changedPathsComplete: isUpdate && isComplete,
  };
}

/** The paths that a list of commits touched, each once, in order. */
export function changedPathsOf(commits: readonly ListedCommit[]): string[] {
  const paths = new Set<string>();
  for (const { added, modified, removed } of commits) {
    for (const list of [added, modified, removed]) for (const path of list ?? []) paths.add(path);
  }
  return [...paths];
}

function shownRef(ref: string): string {
  return JSON.stringify(ref.length > 200 ? `${ref.slice(0, 200)}…` : ref);
}

function malformed(reason: string): ProvidersError {
  return new ProvidersError('providers/payload-malformed', `The delivery cannot be used: ${reason}.`);
}
