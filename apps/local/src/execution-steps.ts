import type { ActionExecutionDetail, PipelineExecution } from '@aws-sdk/client-codepipeline';

/** One line of the call log, as far as the narration needs it. */
export interface LoggedCall {
  /** ISO 8601. */
  readonly time: string;
  readonly action: string;
  readonly resource: string;
  readonly outcome: string;
}

/** One line of the log of what works on the source job. */
export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** All that was seen of an execution up to now. */
export interface Observation {
  readonly execution: PipelineExecution;
  readonly startedAtMs: number;
  readonly actions: readonly ActionExecutionDetail[];
  /** Calls since the execution started. */
  readonly calls: readonly LoggedCall[];
  /** The event that started it, where one did. */
  readonly event?: LoggedCall;
  /** Log of the function or build that works on the source job. */
  readonly sourceLog: readonly LogLine[];
}

export interface Step {
  /** Stable over observations; a step is told once. */
  readonly key: string;
  readonly text: string;
  readonly atMs: number;
  readonly ok: boolean;
}

/** What has happened so far, in order; a later observation only adds steps. */
export function executionSteps(observation: Observation): Step[] {
  const steps = [
    ...eventSteps(observation),
    startedStep(observation),
    ...callSteps(observation),
    ...logSteps(observation),
    ...actionSteps(observation),
  ];
  return steps.sort((a, b) => a.atMs - b.atMs);
}

const TRIGGERS: Readonly<Record<string, string>> = {
  Webhook: 'webhook accepted',
  StartPipelineExecution: 'release change',
  CreatePipeline: 'pipeline created',
};

function eventSteps({ event }: Observation): Step[] {
  if (event === undefined) return [];
  const bus = event.resource.split('/').at(-1);
  return [step('event', `webhook verified by the receiver, event put on the bus ${bus}`, Date.parse(event.time))];
}

function startedStep({ execution, startedAtMs }: Observation): Step {
  const pinned = execution.variables?.find(({ name }) => name === 'SourceCommit')?.resolvedValue ?? '';
  if (/^[0-9a-f]{40,64}$/.test(pinned)) {
    const text = `execution ${execution.pipelineExecutionId} started by the trigger, pinned to ${pinned.slice(0, 12)}`;
    return step('started', text, startedAtMs);
  }
  const by = TRIGGERS[execution.trigger?.triggerType ?? ''] ?? execution.trigger?.triggerType ?? 'start';
  return step('started', `${by} → execution ${execution.pipelineExecutionId}`, startedAtMs);
}

/** The first successful call of each kind; the program runs one execution at a time, so they are this execution's. */
function callSteps({ calls }: Observation): Step[] {
  const first = (key: string, text: string, isIt: (call: LoggedCall) => boolean): Step[] => {
    const call = calls.find((candidate) => candidate.outcome === 'ok' && isIt(candidate));
    return call === undefined ? [] : [step(key, text, Date.parse(call.time))];
  };
  return [
    ...first('acknowledged', 'job acknowledged by the custom-action Lambda', isOf('AcknowledgeJob')),
    ...first('function-started', 'job given to the source-fetch Lambda', startsFetch),
    ...first('build-started', 'CodeBuild build started with the job id', startsClone),
  ];
}

const isOf = (action: string) => (call: LoggedCall) => call.action === action;

/** Whether a call gives a job to the function; other functions are invoked by their events. */
export function startsFetch({ action, resource }: LoggedCall): boolean {
  return action === 'Invoke' && resource.endsWith('-source-fetch');
}

/** The same for the build; a pipeline starts builds of its own. */
export function startsClone({ action, resource }: LoggedCall): boolean {
  return action === 'StartBuild' && resource.endsWith('-source-clone');
}

/** The lanes' own lines, such as `Fetched 6f1c… from refs/heads/main: subject (212 ms)`; a build's begin with the time. */
const FETCHED = /^(?:\s*[\d.]+ s {2})?Fetched ([0-9a-f]+) from ([^:]+):/;
const UPLOADED = /^(?:\s*[\d.]+ s {2})?Uploaded (.+) to s3:/;
const HANDED_OVER = /^Handing over to a build: (.+)$/;

function logSteps({ sourceLog }: Observation): Step[] {
  return sourceLog.flatMap(({ atMs, text }) => {
    const [, sha, ref] = FETCHED.exec(text) ?? [];
    if (sha !== undefined) return [step('fetched', `commit fetched: ${sha.slice(0, 12)} of ${ref}`, atMs)];
    const [, why] = HANDED_OVER.exec(text) ?? [];
    if (why !== undefined) return [step('handed-over', `handed over to a build: ${why}`, atMs)];
    const [, size] = UPLOADED.exec(text) ?? [];
    return size === undefined ? [] : [step('uploaded', `artifact uploaded: ${size}`, atMs)];
  });
}

function actionSteps({ actions }: Observation): Step[] {
  return actions.flatMap((action) => {
    const name = `${action.stageName} action`;
    const started = action.startTime?.getTime();
    const steps =
      started === undefined ? [] : [step(`${action.actionExecutionId} started`, `${name} STARTED`, started)];
    const finished = action.lastUpdateTime?.getTime();
    if (action.status === 'InProgress' || finished === undefined) return steps;
    const result = action.output?.executionResult;
    const text =
      action.status === 'Succeeded'
        ? `${name} SUCCEEDED${outcomeOf(action)}`
        : `${name} ${action.status?.toUpperCase()}: ${result?.errorDetails?.code ?? 'see below'}`;
    return [...steps, step(`${action.actionExecutionId} ended`, text, finished, action.status === 'Succeeded')];
  });
}

/** The commit of a source; for a build, that the commands were the repository's own. */
function outcomeOf({ input, output }: ActionExecutionDetail): string {
  const { CommitId: sha, CommitMessage: message } = output?.outputVariables ?? {};
  if (sha !== undefined) return `: ${sha} ${subjectOf(message)}`;
  return input?.actionTypeId?.provider === 'CodeBuild' ? ": the repository's own buildspec.yml" : '';
}

function subjectOf(message: string | undefined): string {
  return message === undefined ? '' : `“${message.split('\n', 1)[0]}”`;
}

function step(key: string, text: string, atMs: number, ok = true): Step {
  return { key, text, atMs, ok };
}
