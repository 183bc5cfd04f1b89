import { type CodePipelineClient, PutJobFailureResultCommand } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { JobFailure } from './failure-details.ts';
import type { PutResult } from './put-job-success.ts';

/** Ends a job badly; make the failure with `failureDetails`. Throws `job-protocol/aws-*`. */
export async function putJobFailure(
  codePipeline: Pick<CodePipelineClient, 'send'>,
  jobId: string,
  failure: JobFailure,
): Promise<PutResult> {
  try {
    await codePipeline.send(new PutJobFailureResultCommand({ jobId, failureDetails: { ...failure } }));
    return 'put';
  } catch (error) {
    if (readAwsFailure(error)?.name === 'InvalidJobStateException') return 'already-finished';
    throw awsCallError(`PutJobFailureResult of ${jobId}`, error);
  }
}
