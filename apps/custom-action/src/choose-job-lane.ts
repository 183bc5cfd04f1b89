import { type OfferedJob, parseActionConfiguration } from '@gitsource/job-protocol';
import { chooseLane, type LaneChoice, readLaneNote } from '@gitsource/lanes/dispatch';
import { type Config, lanesOf } from './config.ts';
import type { Ports } from './ports.ts';

/** Chooses the lane of a job by its configuration and by what was learnt of its repository. */
export async function chooseJobLane(
  { ssm, now, log }: Pick<Ports, 'ssm' | 'now' | 'log'>,
  config: Config,
  job: OfferedJob,
): Promise<LaneChoice> {
  const lanes = lanesOf(config);
  const configuration = parsed(job);
  const { laneNotesPath: path } = config;
  const canChoose = lanes.function && lanes.build && configuration !== undefined && path !== undefined;
  const warn = (problem: string) => log.warn(problem, { jobId: job.id });
  const note = canChoose ? await readLaneNote({ ssm, path }, configuration.gitUrl, now(), warn) : undefined;
  return chooseLane({ configuration, lanes, note });
}

/** What is wrong with it, the lane says as the job's failure. */
function parsed({ configuration }: OfferedJob) {
  try {
    return parseActionConfiguration(configuration);
  } catch {
    return undefined;
  }
}
