import type { CodePipelineStateEvent } from '@gitsource/events';
import { describeRun, PENDING } from './describe-run.ts';
import { describeStages } from './describe-stages.ts';
import { findOwners, type Owner, uniqueCommits } from './find-owners.ts';
import type { Ports } from './ports.ts';
import { findFailedAction, readActions } from './read-actions.ts';
import type { Declaration } from './read-declaration.ts';
import { type Run, readRuns } from './read-runs.ts';
import type { SourceReader } from './source-reader.ts';
import { type WantedStatus, wantedStatus } from './wanted-status.ts';

/** What CodePipeline says about an execution now, as statuses. */
export interface Truth {
  readonly wanted: readonly WantedStatus[];
  readonly run: Run;
  /** Whether the commit of each of its sources is known. */
  readonly isWhole: boolean;
  readonly newestExecutionId: string;
}

/** With what the truth is read. */
export interface TruthReader {
  readonly ports: Ports;
  readonly sources: SourceReader;
  readonly stageStatuses: boolean;
}

/**
 * Reads the truth about an execution; `undefined` where pipeline or execution is gone. A commit that a newer execution of
 * the same pipeline builds as well shows that one's result.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`.
 */
export async function readTruth(reader: TruthReader, event: CodePipelineStateEvent): Promise<Truth | undefined> {
  const { executionId, pipelineName, pipelineVersion } = event;
  const { ports, sources } = reader;
  const declaration = await sources.declarationOf(pipelineName, pipelineVersion);
  const runs = declaration && (await readRuns(ports, pipelineName, executionId));
  const told = runs?.at(-1);
  if (declaration === undefined || runs === undefined || told === undefined) return undefined;
  const run = believed(told, event);
  const newer = runs.slice(0, -1);
  const { owners, isWhole } = await findOwners(sources, { declaration, newer, pipelineName, run });
  const wanted = await Promise.all(owners.map((owner) => statusesOf(reader, event, declaration, owner, newer)));
  return { wanted: wanted.flat(), run, isWhole, newestExecutionId: newer[0]?.executionId ?? executionId };
}

/** An execution that has succeeded stays so, whatever a list that is a moment behind the event says. */
function believed(run: Run, { level, state }: CodePipelineStateEvent): Run {
  return level === 'pipeline' && state === 'SUCCEEDED' ? { ...run, status: 'Succeeded' } : run;
}

/** What a run that has just begun is shown as, without asking for others: it is the newest. */
export async function readBeginning(
  sources: SourceReader,
  event: CodePipelineStateEvent,
  declaration: Declaration,
): Promise<readonly WantedStatus[]> {
  const { executionId, pipelineName } = event;
  const run = { declaration, executionId, pipelineName, revisions: new Map() };
  const commits = uniqueCommits(await sources.commitsOf(run));
  return commits.map((commit) => wantedStatus(event, { commit, executionId, shown: PENDING }));
}

async function statusesOf(
  { ports, stageStatuses }: TruthReader,
  event: CodePipelineStateEvent,
  declaration: Declaration,
  { run, commit }: Owner,
  newer: readonly Run[],
): Promise<WantedStatus[]> {
  const { pipelineName } = event;
  const { executionId, status, updatedAtMs } = run;
  const needsActions = stageStatuses || status === 'Failed';
  const actions = needsActions ? await readActions(ports, pipelineName, executionId) : [];
  const rank = newer.indexOf(run);
  const ahead = rank < 0 ? newer : newer.slice(0, rank);
  const shown = describeRun(run, { failed: findFailedAction(actions), isFetched: commit.isFetched, newer: ahead });
  if (shown === undefined) {
    ports.log.warn('unknown status of an execution, nothing is shown', { pipelineName, executionId, status });
    return [];
  }
  const parts = { commit, executionId, turn: String(updatedAtMs) };
  const stages = stageStatuses ? describeStages(declaration, actions, run, shown) : [];
  return [
    wantedStatus(event, { ...parts, shown }),
    ...stages.map(({ stageName, ...ofStage }) => wantedStatus(event, { ...parts, shown: ofStage, stageName })),
  ];
}
