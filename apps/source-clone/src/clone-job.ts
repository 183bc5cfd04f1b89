import {
  failureDetails,
  outputVariables,
  type PutResult,
  parseActionConfiguration,
  putJobFailure,
  putJobSuccess,
  readJobDetails,
} from '@gitsource/job-protocol';
import type { JobConfig } from './config.ts';
import { jobCredentials } from './job-credentials.ts';
import type { JobPorts } from './ports.ts';
import { readPinnedSource } from './read-pinned-source.ts';
import { showBytes } from './step-log.ts';
import { type Destination, uploadSource } from './upload-source.ts';
import { withSource } from './with-source.ts';

/** `finished`: the job had its result or was stopped meanwhile. */
export type JobOutcome = 'succeeded' | 'failed' | 'finished';

/**
 * Does one job from its ID to its result. Whatever goes wrong becomes the job's failure; only when that cannot be
 * delivered either does it throw, and the failed build is reported by custom-action.
 */
export async function cloneJob(ports: JobPorts, config: JobConfig): Promise<JobOutcome> {
  try {
    const result = await fetchAndUpload(ports, config);
    ports.log.line(result === 'put' ? 'Job succeeded' : 'The job was already finished; nothing to report');
    return result === 'put' ? 'succeeded' : 'finished';
  } catch (error) {
    // What a stopped build interrupts fails in its own way; that it was stopped says more.
    const reason: unknown = ports.signal.aborted ? ports.signal.reason : error;
    const failure = failureDetails(reason, config.buildId);
    ports.log.line(`Failed: ${failure.type}: ${failure.message}`);
    const result = await putJobFailure(ports.codePipeline, config.jobId, failure);
    if (result === 'already-finished') ports.log.line('The job was already finished');
    return 'failed';
  }
}

async function fetchAndUpload(ports: JobPorts, config: JobConfig): Promise<PutResult> {
  const { codePipeline, log } = ports;
  const details = await log.step(
    () => readJobDetails(codePipeline, config.jobId),
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
    const { bytes, sha256 } = await uploadSource(ports, zip, await artifactOf(ports, config, commit.sha));
    ports.signal.throwIfAborted();
    const { gitUrl } = configuration;
    return putJobSuccess(codePipeline, config.jobId, {
      revision: commit.sha,
      revisionSummary: commit.subject,
      created: new Date(commit.committerDate),
      summary: `${branchName} at ${commit.sha}, ${showBytes(bytes)}`,
      ...(config.buildId !== undefined && { externalExecutionId: config.buildId }),
      outputVariables: outputVariables({ commit, gitUrl, refName, branchName, artifactSha256: sha256 }),
    });
  });
}

/** The job's own place in the artifact store, with credentials read at that moment. */
async function artifactOf(ports: JobPorts, { jobId, region }: JobConfig, commit: string): Promise<Destination> {
  const { outputArtifact, encryptionKeyId } = await readJobDetails(ports.codePipeline, jobId);
  return {
    region,
    credentials: jobCredentials(ports, jobId),
    ...outputArtifact,
    ...(encryptionKeyId !== undefined && { encryptionKeyId }),
    metadata: { commit },
  };
}
