import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@gitsource/events';
import {
  deliverPush,
  doJob,
  HandOver,
  type OtherWay,
  type Progress,
  type PushSettings,
  StepLog,
  tellPush,
  withSource,
} from '@gitsource/lanes';
import { chooseLane, type LaneNotes, readLaneNote } from '@gitsource/lanes/dispatch';
import { openPlainSsh } from '@gitsource/lanes/plain-ssh';
import type { Config } from './config.ts';
import { handOverTask } from './hand-over-task.ts';
import type { Task } from './parse-task.ts';
import type { Ports } from './ports.ts';
import { taskMetrics } from './task-metrics.ts';

/** The ports of one invocation. */
export interface InvocationPorts extends Ports {
  readonly workFolder: string;
  /** Aborted with a `HandOver` while there is still time for it. */
  readonly signal: AbortSignal;
}

export type FetchOutcome =
  | Awaited<ReturnType<typeof doJob>>
  | Awaited<ReturnType<typeof deliverPush>>
  /** A build does it now. */
  | 'handed-over';

/** A function has no other way of its own. */
const handOver: OtherWay = async (_ports, _request, { why, cause, isOfPin }) => {
  throw new HandOver(why, { cause, teachesNothing: isOfPin === true });
};

/**
 * Where there is no build to ask for git, what is left to git by choice alone is not left to it, and what has failed is the failure;
 * a push is tried again where that may help.
 */
const doAlone: OtherWay = async (ports, request, found, use) => {
  if (request.fetchMethod === 'clone') {
    return withSource({ ...ports, openSsh: openPlainSsh, otherWay: doAlone }, { ...request, fetchMethod: 'auto' }, use);
  }
  if (found.cause instanceof CodedError) throw found.cause;
  return handOver(ports, request, found, use);
};

/** Does a job or a push, or hands it over, which is then the last that this invocation does, but for what it measured. */
export async function fetchTask(ports: InvocationPorts, config: Config, task: Task): Promise<FetchOutcome> {
  const fields = task.kind === 'job' ? { jobId: task.jobId } : { deliveryId: task.push.deliveryId };
  const log = new StepLog((text, sinceMs) => ports.log.info(text, { ...fields, sinceMs }), ports.now);
  const progress: Progress = { packBytes: 0, artifactBytes: 0 };
  const startMs = ports.now();
  const outcome = await doTask({ ...ports, log, progress }, config, task);
  ports.putMetrics(taskMetrics(outcome, progress, ports.now() - startMs));
  return outcome;
}

interface TaskPorts extends Omit<InvocationPorts, 'log'> {
  readonly log: StepLog;
  readonly progress: Progress;
}

async function doTask(ports: TaskPorts, config: Config, task: Task): Promise<FetchOutcome> {
  const { secretsManager, environment, workFolder, signal, log, progress, now } = ports;
  const otherWay = config.buildProjectName === undefined ? doAlone : handOver;
  const shared = {
    secretsManager,
    environment,
    workFolder,
    signal,
    log,
    progress,
    openSsh: openPlainSsh,
    otherWay,
  };
  try {
    if (task.kind === 'job') {
      const { codePipeline } = ports;
      return await doJob(
        { ...shared, codePipeline, now },
        { jobId: task.jobId, lane: 'function', region: config.region },
      );
    }
    await expectOwnLane(ports, config, task);
    return await deliverPush({ ...shared, ...pushPorts(ports, task.settings) }, task.settings, task.push);
  } catch (error) {
    if (!(error instanceof HandOver)) throw error;
    return handOverTask(ports, config, task, error);
  }
}

/** What only pushes need. */
function pushPorts({ s3, sqs, randomName, signal }: TaskPorts, { cacheBucket: bucket }: PushSettings) {
  // That time is over is seen by what follows.
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  return { s3, sqs, pause, ...(bucket !== undefined && { cacheBucket: { s3, bucket, randomName } }) };
}

/** A push comes from its rule as it is; a job was given to this lane. */
async function expectOwnLane(
  { ssm, now, log }: Pick<TaskPorts, 'ssm' | 'now' | 'log'>,
  { laneNotesPath: path, buildProjectName }: Config,
  { push, settings }: Task & { readonly kind: 'push' },
): Promise<void> {
  const notes: LaneNotes | undefined = path === undefined ? undefined : { ssm, path };
  const note = notes && (await readLaneNote(notes, push.gitUrl, now(), (problem) => log.line(problem)));
  const lanes = { function: true, build: buildProjectName !== undefined };
  const { lane, why } = chooseLane({ configuration: { ...settings, paths: [] }, lanes, note });
  if (lane === 'function') return;
  tellPush({ log }, push);
  throw new HandOver(why, { teachesNothing: true });
}
