import { createHash } from 'node:crypto';
import { CodedError } from '@gitsource/events';
import { failureDetails, putJobFailure } from '@gitsource/job-protocol';
import { type HandOver, type Progress, putLostPush, type StepLog } from '@gitsource/lanes';
import { type BuildStart, JOB_ID_VARIABLE, startBuild, writeLaneNote } from '@gitsource/lanes/dispatch';
import type { Config } from './config.ts';
import { SourceFetchError } from './errors.ts';
import type { Task } from './parse-task.ts';
import type { Ports } from './ports.ts';

interface HandOverPorts extends Omit<Ports, 'log'> {
  readonly log: StepLog;
  readonly progress: Progress;
  /** Aborted where a limit is the reason. */
  readonly signal: AbortSignal;
}

/**
 * Starts the build of what this function cannot do; nothing of the task is touched after that. Where no build can start, that
 * is the failure of the task.
 */
export async function handOverTask(
  ports: HandOverPorts,
  config: Config,
  task: Task,
  reason: HandOver,
): Promise<'handed-over' | 'failed'> {
  const { log, codeBuild } = ports;
  log.line(`Handing over to a build: ${reason.why}`);
  try {
    if (config.buildProjectName === undefined) throw withoutBuildLane(reason);
    await note(ports, config, reason);
    const buildId = await startBuild(codeBuild, { projectName: config.buildProjectName, ...startOf(task) });
    log.line(`Build ${buildId} started`);
    return 'handed-over';
  } catch (error) {
    const failure = failureDetails(error);
    log.line(`Failed: ${failure.type}: ${failure.message}`);
    if (task.kind === 'job') await putJobFailure(ports.codePipeline, task.jobId, failure);
    else await putLostPush(ports, task.settings, task.push, error);
    return 'failed';
  }
}

function withoutBuildLane({ why, cause }: HandOver): SourceFetchError {
  return new SourceFetchError(
    'source-fetch/build-lane-off',
    'configuration',
    `This source needs a build, and the stack has none: ${why.replace(/\.$/, '')}. Deploy the stack with Lanes set to BOTH.`,
    { cause },
  );
}

/** A limit that is reached with less is the doing of a slow server, or of the jobs that this environment had before. */
const LEARNT_FROM_BYTES = 4 * 1024 * 1024;

/** What may be over the next time is not learnt: what passes, what somebody corrects, and a limit that the repository did not reach. */
async function note(
  { ssm, now, progress, log, signal }: HandOverPorts,
  { laneNotesPath: path }: Config,
  { why, cause, teachesNothing }: HandOver,
): Promise<void> {
  const { gitUrl, packBytes: bytes } = progress;
  const isLasting = signal.aborted ? bytes >= LEARNT_FROM_BYTES : cause === undefined || isOfRepository(cause);
  if (path === undefined || gitUrl === undefined || teachesNothing || !isLasting) return;
  await writeLaneNote({ ssm, path }, gitUrl, { why, bytes, nowMs: now() }, (problem) => log.line(problem));
}

function isOfRepository(cause: unknown): boolean {
  return cause instanceof CodedError && cause.fault === 'failed' && !cause.retryable;
}

function startOf(task: Task): Omit<BuildStart, 'projectName'> {
  if (task.kind === 'job') return { idempotencyToken: task.jobId, variables: { [JOB_ID_VARIABLE]: task.jobId } };
  const { repositoryPath, gitUrl, ref, commit, deliveryId } = task.push;
  const variables = {
    PUSH_REPOSITORY_PATH: repositoryPath,
    PUSH_GIT_URL: gitUrl.text,
    PUSH_REF: ref.text,
    ...(commit !== undefined && { PUSH_COMMIT: commit }),
    PUSH_DELIVERY_ID: deliveryId,
  };
  const idempotencyToken = createHash('sha256').update(JSON.stringify(variables)).digest('hex');
  return { idempotencyToken, variables };
}
