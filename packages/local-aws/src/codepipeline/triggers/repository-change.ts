import * as z from 'zod';
import { changedPaths, mergeBase, readBranch, readCommit } from '../connected-commit.ts';
import { PULL_REQUEST_EVENTS, type RepositoryChange } from './match-trigger.ts';

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

const push = z.strictObject({
  repository: z.string(),
  ref: z.string().regex(/^refs\/(?:heads|tags)\/./),
  /** Zeros: the ref is new. */
  before: sha,
  /** Zeros: the ref is gone. */
  after: sha,
});

const pullRequest = z.strictObject({
  repository: z.string(),
  pullRequest: z.strictObject({
    event: z.enum(PULL_REQUEST_EVENTS),
    sourceBranch: z.string().min(1),
    targetBranch: z.string().min(1),
  }),
});

/** What a provider's webhook tells a connection, in a form of local-aws's own; `repository` is the full name. */
export const reportedChange = z.union([push, pullRequest]);
export type ReportedChange = z.infer<typeof reportedChange>;

/** A change with the commit that executions it starts are pinned to. */
export interface FoundChange {
  readonly change: RepositoryChange;
  readonly commitId: string;
  /** Absent for a tag. */
  readonly branch?: string;
}

const ZEROS = /^0+$/;

/** Looks the change up in the bare repository; undefined where there is nothing to run: a deletion, an unknown commit or branch. */
export async function findChange(folder: string, reported: ReportedChange): Promise<FoundChange | undefined> {
  return 'pullRequest' in reported ? findPullRequest(folder, reported.pullRequest) : findPush(folder, reported);
}

async function findPush(
  folder: string,
  { ref, before, after }: z.infer<typeof push>,
): Promise<FoundChange | undefined> {
  const commit = ZEROS.test(after) ? undefined : await readCommit(folder, after);
  if (commit === undefined) return undefined;
  const { commitId } = commit;
  const name = ref.replace(/^refs\/(?:heads|tags)\//, '');
  if (ref.startsWith('refs/tags/')) return { change: { kind: 'tag', name, paths: [] }, commitId };
  const paths = await changedPaths(folder, ZEROS.test(before) ? undefined : before, commitId);
  return { change: { kind: 'branch', name, paths }, commitId, branch: name };
}

/** The commit is the source branch's, the files those that it changed since it left the target branch. */
async function findPullRequest(
  folder: string,
  { event, sourceBranch, targetBranch }: z.infer<typeof pullRequest>['pullRequest'],
): Promise<FoundChange | undefined> {
  const [commit, target] = [await readBranch(folder, sourceBranch), await readBranch(folder, targetBranch)];
  if (commit === undefined || target === undefined) return undefined;
  const { commitId } = commit;
  const base = await mergeBase(folder, target.commitId, commitId);
  const paths = await changedPaths(folder, base, commitId);
  return { change: { kind: 'pull-request', event, targetBranch, paths }, commitId, branch: sourceBranch };
}
