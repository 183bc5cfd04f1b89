import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FilterLogEventsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, type Build, ListBuildsForProjectCommand } from '@aws-sdk/client-codebuild';
import {
  type ActionExecutionDetail,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecution,
} from '@aws-sdk/client-codepipeline';
import type { Clients } from './clients.ts';
import {
  executionSteps,
  type LoggedCall,
  type LogLine,
  type Observation,
  type Step,
  startsClone,
  startsFetch,
} from './execution-steps.ts';

const POLL_MS = 100;
/** A line of a log is seen later than what followed it; steps are told in their order. */
const SETTLE_MS = 300;

export interface WatchedExecution {
  readonly execution: PipelineExecution;
  readonly actions: readonly ActionExecutionDetail[];
}

/** Tells each step of an execution as it happens, once, until the execution has ended; an aborted signal throws its reason. */
export async function watchExecution(
  clients: Clients,
  callLog: string,
  pipelineName: string,
  executionId: string,
  signal: AbortSignal,
  tell: (step: Step) => void,
): Promise<WatchedExecution> {
  const told = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const seen = await observe(clients, callLog, pipelineName, executionId);
    const isOver = seen.execution.status !== 'InProgress' && seen.execution.status !== 'Stopping';
    const settledMs = isOver ? Number.POSITIVE_INFINITY : Date.now() - SETTLE_MS;
    for (const step of executionSteps(seen)) {
      if (told.has(step.key) || step.atMs > settledMs) continue;
      told.add(step.key);
      tell(step);
    }
    if (isOver) return seen;
    await delay(POLL_MS);
  }
}

async function observe(
  clients: Clients,
  callLog: string,
  pipelineName: string,
  executionId: string,
): Promise<Observation> {
  const { codePipeline } = clients;
  // The execution is read first: if it has ended, what is read after it is complete.
  const { pipelineExecution } = await codePipeline.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId }),
  );
  const [{ actionExecutionDetails: actions = [] }, { pipelineExecutionSummaries: summaries = [] }, calls] =
    await Promise.all([
      codePipeline.send(
        new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId: executionId } }),
      ),
      codePipeline.send(new ListPipelineExecutionsCommand({ pipelineName })),
      readCalls(callLog),
    ]);
  const startedAtMs =
    summaries.find((summary) => summary.pipelineExecutionId === executionId)?.startTime?.getTime() ?? Date.now();
  const recent = calls.filter((call) => Date.parse(call.time) >= startedAtMs);
  const event = calls.findLast(
    ({ action, outcome, time }) =>
      action === 'PutEvents' && outcome === 'ok' && isShortlyBefore(Date.parse(time), startedAtMs),
  );
  const source = await readSourceLog(clients, recent, startedAtMs);
  return {
    execution: pipelineExecution ?? {},
    startedAtMs,
    actions: actions.toReversed(),
    calls: recent,
    ...(event !== undefined && { event }),
    sourceLog: source,
  };
}

/** A rule hands an event on at once; one that is older started something else. */
const EVENT_TO_START_MS = 5000;

function isShortlyBefore(timeMs: number, laterMs: number): boolean {
  return timeMs <= laterMs && laterMs - timeMs < EVENT_TO_START_MS;
}

async function readCalls(callLog: string): Promise<LoggedCall[]> {
  const file = await open(callLog);
  try {
    const calls: LoggedCall[] = [];
    for await (const line of file.readLines()) {
      if (line.endsWith('}')) calls.push(JSON.parse(line));
    }
    return calls;
  } finally {
    await file.close();
  }
}

/** What works on the source job was started by the custom-action Lambda: a function, a build, or one after the other. */
async function readSourceLog(clients: Clients, calls: readonly LoggedCall[], sinceMs: number): Promise<LogLine[]> {
  const nameIn = (isStart: (call: LoggedCall) => boolean, separator: string) =>
    calls
      .find((call) => call.outcome === 'ok' && isStart(call))
      ?.resource.split(separator)
      .at(-1);
  const [ofFunction, ofBuild] = await Promise.all([
    readFunctionLog(clients, nameIn(startsFetch, ':'), sinceMs),
    readBuildLog(clients, nameIn(startsClone, '/')),
  ]);
  return [...ofFunction, ...ofBuild];
}

/** Its lines are JSON, with the text as `message`. */
async function readFunctionLog({ logs }: Clients, name: string | undefined, sinceMs: number): Promise<LogLine[]> {
  if (name === undefined) return [];
  const command = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, startTime: sinceMs });
  const { events = [] } = await logs.send(command);
  return events.flatMap(({ timestamp = 0, message = '' }) => {
    if (!message.startsWith('{')) return [];
    const { message: text }: { message?: string } = JSON.parse(message);
    return text === undefined ? [] : [{ atMs: timestamp, text }];
  });
}

async function readBuildLog({ codeBuild, logs }: Clients, project: string | undefined): Promise<LogLine[]> {
  if (project === undefined) return [];
  const build = await latestBuild(codeBuild, project);
  const { groupName, streamName } = build?.logs ?? {};
  if (groupName === undefined || streamName === undefined) return [];
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName: groupName, logStreamName: streamName, startFromHead: true }),
  );
  return events.map((event) => ({ atMs: event.timestamp ?? 0, text: (event.message ?? '').trimEnd() }));
}

async function latestBuild(codeBuild: Clients['codeBuild'], projectName: string): Promise<Build | undefined> {
  const { ids = [] } = await codeBuild.send(new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING' }));
  if (ids[0] === undefined) return undefined;
  const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids: [ids[0]] }));
  return builds[0];
}
