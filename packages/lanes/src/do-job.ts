import {
  failureDetails,
  outputVariables,
  type PutResult,
  parseActionConfiguration,
  putJobFailure,
  putJobSuccess,
  readJobDetails,
} from '@gitsource/job-protocol';
import type { Lane } from './choose-lane.ts';
import { HandOver } from './hand-over.ts';
import { jobCredentials } from './job-credentials.ts';
import type { JobPorts } from './ports.ts';
import { readPinnedSource } from './read-pinned-source.ts';
import { showBytes } from './step-log.ts';
import { type Destination, uploadSource } from './upload-source.ts';
import { withSource } from './with-source.ts';

/** `finished`: the job had its result or was stopped meanwhile. */
export type JobOutcome = 'succeeded' | 'failed' | 'finished';

export interface Job {
  readonly jobId: string;
  /** For what the console says of the action. */
  readonly lane: Lane;
  /** What the console links the action to: a build's ID, `project:uuid`. Absent outside CodeBuild. */
  readonly buildId?: string;
  readonly region: string;
}

/**
 * Does one job from its ID to its result. Whatever goes wrong becomes the job's failure; it throws a `HandOver`, after which
 * the job has no result yet, and what keeps the result from being put.
 */
export async function doJob(ports: JobPorts, job: Job): Promise<JobOutcome> {
  let isAnswering = false;
  const onAnswer = () => {
    isAnswering = true;
  };
  try {
    const result = await fetchAndUpload(ports, job, onAnswer);
    ports.log.line(result === 'put' ? 'Job succeeded' : 'The job was already finished; nothing to report');
    return result === 'put' ? 'succeeded' : 'finished';
  } catch (error) {
    // What an end from outside interrupts fails in its own way; why it ended says more. A result that may be there already is not
    // given to another worker, which would put another artifact in the place of the one that it names.
    const reason: unknown = ports.signal.aborted && !isAnswering ? ports.signal.reason : error;
    if (reason instanceof HandOver) throw reason;
    const failure = failureDetails(reason, job.buildId);
    ports.log.line(`Failed: ${failure.type}: ${failure.message}`);
    const result = await putJobFailure(ports.codePipeline, job.jobId, failure);
    if (result === 'already-finished') ports.log.line('The job was already finished');
    return 'failed';
  }
}

async function fetchAndUpload(ports: JobPorts, job: Job, onAnswer: () => void): Promise<PutResult> {
  const { codePipeline, log, now } = ports;
  const startMs = now();
  const details = await log.step(
    () => readJobDetails(codePipeline, job.jobId),
    ({ jobId, pipelineName, actionName, executionId }) =>
      `Read job ${jobId} of ${pipelineName}/${actionName}, execution ${executionId}`,
  );
  const configuration = parseActionConfiguration(details.configuration);
  const pinned = await readPinnedSource(ports, details);
  const request = {
    ...configuration,
    ...(pinned.ref !== undefined && { ref: pinned.ref }),
    ...(pinned.commit !== undefined && { pinnedCommit: pinned.commit }),
  };
  return withSource(ports, request, async ({ commit, refName, branchName, zip }) => {
    const { bytes, sha256 } = await uploadSource(ports, zip, await artifactOf(ports, job, commit.sha));
    ports.signal.throwIfAborted();
    onAnswer();
    const { gitUrl } = configuration;
    return putJobSuccess(codePipeline, job.jobId, {
      revision: commit.sha,
      revisionSummary: commit.subject,
      created: new Date(commit.committerDate),
      summary: `${branchName} at ${commit.sha}, ${showBytes(bytes)} by ${job.lane} in ${((now() - startMs) / 1000).toFixed(1)} s`,
      ...(job.buildId !== undefined && { externalExecutionId: job.buildId }),
      outputVariables: outputVariables({ commit, gitUrl, refName, branchName, artifactSha256: sha256 }),
    });
  });
}

/** The job's own place in the artifact store, with credentials read at that moment. */
async function artifactOf(ports: JobPorts, { jobId, region }: Job, commit: string): Promise<Destination> {
  const { outputArtifact, encryptionKeyId } = await readJobDetails(ports.codePipeline, jobId);
  return {
    region,
    credentials: jobCredentials(ports, jobId),
    ...outputArtifact,
    ...(encryptionKeyId !== undefined && { encryptionKeyId }),
    metadata: { commit },
  };
}
