import { setTimeout as sleep } from 'node:timers/promises';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, ListBuildsForProjectCommand } from '@aws-sdk/client-codebuild';
import { type ActionExecutionDetail, ListActionExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { type Rehearsal, startExecution } from '../../apps/local/test/rehearsal.ts';
import { type FunctionReport, readReport } from './read-report.ts';

/** Outputs of the deployed custom action. */
export type StackOutputs = Readonly<Record<string, string>>;

/** One execution's source, and what it used. */
export interface Job {
  /** Of the source action, from its start to its end. */
  readonly wallMs: number;
  /** The function that fetches; more than one only where one was ended in its middle. */
  readonly fetches: readonly FunctionReport[];
  /** The function that acknowledges jobs, and is told when builds end. */
  readonly dispatches: readonly FunctionReport[];
  readonly buildsMs: readonly number[];
}

const POLL_MS = 20;
/** The last lines of a function reach its log a little after it answered. */
const LOG_DELAY_MS = 400;

/** Starts an execution and waits for its source; throws where that fails. */
export async function runJob(rehearsal: Rehearsal, outputs: StackOutputs, pipelineName: string): Promise<Job> {
  const startedAt = Date.now();
  const executionId = await startExecution(rehearsal, pipelineName);
  const source = await waitForSource(rehearsal, pipelineName, executionId);
  const buildsMs = await waitForBuilds(rehearsal, outputs.BuildProject, startedAt);
  await sleep(LOG_DELAY_MS);
  const [fetches, dispatches] = await Promise.all([
    readReports(rehearsal, outputs.FetchLogGroup, startedAt),
    readReports(rehearsal, outputs.FunctionLogGroup, startedAt),
  ]);
  const wallMs = (source.lastUpdateTime?.getTime() ?? Number.NaN) - (source.startTime?.getTime() ?? Number.NaN);
  return { wallMs, fetches, dispatches, buildsMs };
}

export async function waitForSource(
  { clients }: Rehearsal,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<ActionExecutionDetail> {
  for (;;) {
    const { actionExecutionDetails = [] } = await clients.codePipeline.send(
      new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
    );
    const source = actionExecutionDetails.find(({ stageName }) => stageName === 'Source');
    if (source?.status === 'Succeeded') return source;
    if (source !== undefined && source.status !== 'InProgress') {
      const { message = '' } = source.output?.executionResult?.errorDetails ?? {};
      throw new Error(`the source of ${pipelineName} ended as ${source.status}: ${message}`);
    }
    await sleep(POLL_MS);
  }
}

async function readReports(
  { clients }: Rehearsal,
  logGroupName: string | undefined,
  startTime: number,
): Promise<readonly FunctionReport[]> {
  if (logGroupName === undefined) return [];
  const reports: FunctionReport[] = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await clients.logs.send(new FilterLogEventsCommand({ logGroupName, startTime, nextToken }));
    reports.push(...(page.events ?? []).flatMap(({ message = '' }) => readReport(message) ?? []));
    nextToken = page.nextToken;
    if (nextToken === undefined) return reports;
  }
}

/** How long those took that started since; a build ends after its source did. */
async function waitForBuilds(
  { clients }: Rehearsal,
  projectName: string | undefined,
  startedAt: number,
): Promise<readonly number[]> {
  for (;;) {
    const { ids = [] } =
      projectName === undefined ? {} : await clients.codeBuild.send(new ListBuildsForProjectCommand({ projectName }));
    if (ids.length === 0) return [];
    const { builds = [] } = await clients.codeBuild.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 10) }));
    const mine = builds.filter(({ startTime }) => (startTime?.getTime() ?? 0) >= startedAt);
    if (mine.every(({ buildComplete }) => buildComplete === true)) {
      return mine.map(({ startTime, endTime }) => (endTime?.getTime() ?? 0) - (startTime?.getTime() ?? 0));
    }
    await sleep(POLL_MS);
  }
}
