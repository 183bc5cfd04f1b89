import type { CodePipelineStateEvent } from '@gitsource/events';
import { consoleUrl } from './console-url.ts';
import type { BuiltRun, SourceReader } from './create-source-reader.ts';
import { describeRun, PENDING, type Shown } from './describe-run.ts';
import type { Ports } from './ports.ts';
import { findFailedAction, readActions } from './read-actions.ts';
import type { Declaration } from './read-declaration.ts';
import { type Run, readRuns } from './read-runs.ts';
import { commitKey, type ShownCommit, stateShown } from './source-commit.ts';

/** One status as it is to stand beside a commit. */
export interface WantedStatus extends Shown {
  readonly commit: ShownCommit;
  readonly executionId: string;
  /** `codepipeline/app`, of a stage `codepipeline/app/Build`. */
  readonly context: string;
  readonly targetUrl: string | undefined;
  /** Of an end that a retry may undo: two of them may read alike, and something else have been shown in between. */
  readonly turn: string;
}

/** What CodePipeline says about an execution now, as statuses. */
export interface Truth {
  readonly wanted: readonly WantedStatus[];
  readonly run: Run;
  /** Whether the commit of each of its sources is known. */
  readonly isWhole: boolean;
  readonly newestExecutionId: string;
}

/**
 * Reads the truth about an execution; `undefined` where pipeline or execution is gone. A commit that a newer execution of
 * the same pipeline builds as well shows that one's result.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`.
 */
export async function readTruth(
  ports: Ports,
  reader: SourceReader,
  event: CodePipelineStateEvent,
): Promise<Truth | undefined> {
  const { executionId, pipelineName, pipelineVersion } = event;
  const declaration = await reader.declarationOf(pipelineName, pipelineVersion);
  const runs = declaration && (await readRuns(ports, pipelineName, executionId));
  const told = runs?.at(-1);
  if (declaration === undefined || runs === undefined || told === undefined) return undefined;
  const run = believed(told, event);
  const newer = runs.slice(0, -1);
  const commits = run.isRollback ? [] : await reader.commitsOf(pipelineName, declaration, run);
  const rivals = await rivalsOf(reader, pipelineName, declaration, commits, newer);
  const wanted: WantedStatus[] = [];
  for (const commit of unique(commits)) {
    const owner = rivals.find((rival) => rival.key === commitKey(commit)) ?? { run, commit };
    const status = await statusOf(ports, event, owner, newer);
    if (status !== undefined) wanted.push(status);
  }
  const isWhole = commits.length === declaration.sources.length;
  return { wanted, run, isWhole, newestExecutionId: newer[0]?.executionId ?? executionId };
}

/** An execution that has succeeded stays so, whatever the list that is a moment behind the event says. */
function believed(run: Run, { level, state }: CodePipelineStateEvent): Run {
  return level === 'pipeline' && state === 'SUCCEEDED' ? { ...run, status: 'Succeeded' } : run;
}

/** What a run that has just begun is shown as, without asking for others: it is the newest. */
export async function readBeginning(
  reader: SourceReader,
  event: CodePipelineStateEvent,
  declaration: Declaration,
): Promise<readonly WantedStatus[]> {
  const { executionId, pipelineName } = event;
  const run: BuiltRun = { executionId, revisions: new Map() };
  const commits = unique(await reader.commitsOf(pipelineName, declaration, run));
  return commits.map((commit) => toStatus(event, { commit, executionId, ...PENDING }));
}

interface Owner {
  readonly run: Run;
  readonly commit: ShownCommit;
}

/** Newer runs of the same commits, newest first. */
async function rivalsOf(
  reader: SourceReader,
  pipelineName: string,
  declaration: Declaration,
  commits: readonly ShownCommit[],
  newer: readonly Run[],
): Promise<readonly (Owner & { readonly key: string })[]> {
  const revisionIds = new Set(commits.map(({ revisionId }) => revisionId));
  const mayRival = (run: Run) =>
    !run.isRollback &&
    ((declaration.hasVariables && run.revisions.size < declaration.sources.length) ||
      [...run.revisions.values()].some(({ revisionId = '' }) => revisionIds.has(revisionId)));
  const found: (Owner & { key: string })[] = [];
  for (const run of commits.length === 0 ? [] : newer.filter(mayRival)) {
    for (const commit of unique(await reader.commitsOf(pipelineName, declaration, run))) {
      found.push({ run, commit, key: commitKey(commit) });
    }
  }
  return found;
}

async function statusOf(
  ports: Ports,
  event: CodePipelineStateEvent,
  { run, commit }: Owner,
  newer: readonly Run[],
): Promise<WantedStatus | undefined> {
  const { pipelineName } = event;
  const { executionId, status, updatedAtMs } = run;
  const failed =
    status === 'Failed' ? findFailedAction(await readActions(ports, pipelineName, executionId)) : undefined;
  const rank = newer.indexOf(run);
  const ahead = rank < 0 ? newer : newer.slice(0, rank);
  const shown = describeRun(run, { failed, isFetched: commit.isFetched, newer: ahead });
  if (shown === undefined) {
    ports.log.warn('unknown status of an execution, nothing is shown', { pipelineName, executionId, status });
    return undefined;
  }
  const turn = shown.state === 'failure' || shown.state === 'cancelled' ? String(updatedAtMs) : '';
  return toStatus(event, { commit, executionId, ...shown, turn });
}

function toStatus(
  event: CodePipelineStateEvent,
  status: Omit<WantedStatus, 'context' | 'targetUrl' | 'turn'> & { readonly turn?: string },
): WantedStatus {
  const { commit, executionId, state } = status;
  return {
    turn: '',
    ...status,
    state: stateShown(commit, state),
    context: `codepipeline/${event.pipelineName}`,
    targetUrl: consoleUrl(event, executionId),
  };
}

/** Two source actions may be of one commit: fetched by one of them is fetched. */
function unique(commits: readonly ShownCommit[]): readonly ShownCommit[] {
  const byKey = new Map<string, ShownCommit>();
  for (const commit of commits) {
    const key = commitKey(commit);
    if (byKey.get(key)?.isFetched !== true) byKey.set(key, commit);
  }
  return [...byKey.values()];
}
