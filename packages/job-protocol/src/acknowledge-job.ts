import { AcknowledgeJobCommand, type CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { OfferedJob } from './poll-for-jobs.ts';

/** `acknowledged`: the job is ours. `taken`: another worker has it. `finished`: it needs no work any more. */
export type Acknowledgement = 'acknowledged' | 'taken' | 'finished';

/** Claims an offered job; only `acknowledged` permits to work on it. Throws `job-protocol/aws-*`. */
export async function acknowledgeJob(
  codePipeline: Pick<CodePipelineClient, 'send'>,
  { id, nonce }: Pick<OfferedJob, 'id' | 'nonce'>,
): Promise<Acknowledgement> {
  try {
    const { status } = await codePipeline.send(new AcknowledgeJobCommand({ jobId: id, nonce }));
    return status === 'InProgress' ? 'acknowledged' : 'finished';
  } catch (error) {
    const name = readAwsFailure(error)?.name;
    if (name === 'InvalidNonceException') return 'taken';
    if (name === 'JobNotFoundException') return 'finished';
    throw awsCallError(`AcknowledgeJob of ${id}`, error);
  }
}
