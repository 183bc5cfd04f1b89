import { acknowledgeJob, failureDetails, type OfferedJob, pollForJobs, putJobFailure } from '@gitsource/job-protocol';
import { chooseJobLane } from './choose-job-lane.ts';
import type { Config } from './config.ts';
import type { Ports } from './ports.ts';
import { startJob } from './start-job.ts';

/** Before each poll: the STARTED event can come before its job can be polled. Sum 1.5 s at most; the sweep does the rest. */
export const WAITS_AFTER_STARTED_MS = [0, 100, 200, 400, 800] as const;
/** The sweep looks for what was missed: its jobs are there or not. */
export const WAITS_OF_SWEEP_MS = [0] as const;

/**
 * Takes every waiting job and gives each to its lane; it looks again until the job of `awaitedExecutionId` was
 * offered, or any job where none is awaited, or the waits are over. What fails after a job is ours becomes the job's failure;
 * what fails before is thrown when all other jobs are done, so that the event is delivered again.
 */
export async function dispatchJobs(
  ports: Ports,
  config: Config,
  waitsMs: readonly number[],
  awaitedExecutionId?: string,
): Promise<void> {
  const failures: unknown[] = [];
  const executions = new Set<string | undefined>();
  const seen = new Set<string>();
  for (const waitMs of waitsMs) {
    if (waitMs > 0) await ports.sleep(waitMs * (0.5 + ports.random() / 2));
    for (let jobs = await offered(ports, config, seen); jobs.length > 0; jobs = await offered(ports, config, seen)) {
      for (const { executionId } of jobs) executions.add(executionId);
      const outcomes = await Promise.allSettled(jobs.map((job) => dispatchJob(ports, config, job)));
      failures.push(...outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
    }
    if (awaitedExecutionId === undefined ? seen.size > 0 : executions.has(awaitedExecutionId)) break;
  }
  if (seen.size === 0) ports.log.info('no job is waiting');
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} jobs could not be dispatched`);
}

/** One poll; a job that is offered again to the same run is left to the next one. */
async function offered(ports: Ports, config: Config, seen: Set<string>): Promise<OfferedJob[]> {
  const type = { provider: config.actionProvider, version: config.actionVersion };
  const jobs = (await pollForJobs(ports.codePipeline, type)).filter(({ id }) => !seen.has(id));
  for (const { id } of jobs) seen.add(id);
  return jobs;
}

async function dispatchJob(ports: Ports, config: Config, job: OfferedJob): Promise<void> {
  const { codePipeline, log } = ports;
  const fields = { jobId: job.id, pipelineName: job.pipelineName, executionId: job.executionId };
  const [acknowledgement, choice] = await Promise.all([
    acknowledgeJob(codePipeline, job),
    chooseJobLane(ports, config, job),
  ]);
  if (acknowledgement !== 'acknowledged') {
    log.info('job needs no work here', { ...fields, acknowledgement });
    return;
  }
  try {
    const started = await startJob(ports, config, job.id, choice);
    log.info('job started', { ...fields, ...started });
  } catch (error) {
    log.warn('job did not start', { ...fields, error });
    await putJobFailure(codePipeline, job.id, failureDetails(error));
  }
}
