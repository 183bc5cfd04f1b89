import {
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  type SourceRevision,
} from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** One execution of a pipeline as CodePipeline tells it now. */
export interface Run {
  readonly executionId: string;
  /** `InProgress`, `Stopping`, `Stopped`, `Succeeded`, `Failed`, `Superseded`, `Cancelled`; AWS may add more. */
  readonly status: string;
  /** A rollback runs a stage again with what another execution brought: its result is none of the commit's. */
  readonly isRollback: boolean;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  /** By source action; an action that has not ended yet has none. */
  readonly revisions: ReadonlyMap<string, SourceRevision>;
  /** What CodePipeline says about the status, where it does. */
  readonly statusSummary?: string;
  /** What a person wrote who stopped it. */
  readonly stopReason?: string;
}

/** Mostly the run that is asked for is the newest, or one of a few. */
const PAGE = 20;
/** A QUEUED or PARALLEL pipeline may have 50 newer ones that run; those that ended in between are more. */
const MAX_PAGES = 50;

/**
 * A run and all that started after it, newest first; `undefined` where the pipeline or the run is gone.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function readRuns(
  { codePipeline }: Pick<Ports, 'codePipeline'>,
  pipelineName: string,
  executionId: string,
): Promise<readonly Run[] | undefined> {
  const found: Run[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListPipelineExecutionsCommand({ pipelineName, maxResults: PAGE, nextToken });
    const answer = await codePipeline.send(command).catch((error: unknown) => {
      if (readAwsFailure(error)?.name === 'PipelineNotFoundException') return undefined;
      throw awsCallError('codepipeline:ListPipelineExecutions', pipelineName, error);
    });
    if (answer === undefined) return undefined;
    found.push(...(answer.pipelineExecutionSummaries ?? []).map(toRun));
    // AWS lists the newest first; that this holds to the second is nowhere promised.
    const ordered = found.toSorted((one, other) => other.startedAtMs - one.startedAtMs);
    const index = ordered.findIndex((run) => run.executionId === executionId);
    if (index >= 0) return ordered.slice(0, index + 1);
    nextToken = answer.nextToken;
    if (nextToken === undefined) return undefined;
  }
  return undefined;
}

function toRun(summary: PipelineExecutionSummary): Run {
  const { pipelineExecutionId = '', sourceRevisions = [], status = '', statusSummary, stopTrigger } = summary;
  return {
    executionId: pipelineExecutionId,
    status,
    isRollback: summary.executionType === 'ROLLBACK',
    startedAtMs: summary.startTime?.getTime() ?? 0,
    updatedAtMs: summary.lastUpdateTime?.getTime() ?? 0,
    revisions: new Map(sourceRevisions.map((revision) => [revision.actionName ?? '', revision])),
    ...(statusSummary !== undefined && { statusSummary }),
    ...(stopTrigger?.reason !== undefined && { stopReason: stopTrigger.reason }),
  };
}
