import { type CodePipelineClient, PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError, JobProtocolError } from './errors.ts';
import { POLL_BATCH_SIZE } from './limits.ts';

/** A custom action type of the account. */
export interface ActionTypeName {
  /** Default `Source`. */
  readonly category?: 'Source' | 'Build' | 'Deploy' | 'Test' | 'Invoke' | 'Approval';
  readonly provider: string;
  readonly version: string;
}

/** A job as a poll offers it. Its credentials are left out: whoever works on it reads fresh ones. */
export interface OfferedJob {
  readonly id: string;
  readonly nonce: string;
  readonly pipelineName?: string;
  readonly executionId?: string;
  readonly actionName?: string;
  /** As the pipeline's author wrote it. */
  readonly configuration: Readonly<Record<string, string>>;
}

/**
 * Asks once for waiting jobs of an action type; an empty list is normal, even shortly after the action started.
 * Throws `job-protocol/action-type-missing`, `job-protocol/aws-*`.
 */
export async function pollForJobs(
  codePipeline: Pick<CodePipelineClient, 'send'>,
  type: ActionTypeName,
  maxBatchSize = POLL_BATCH_SIZE,
): Promise<OfferedJob[]> {
  const { category = 'Source', provider, version } = type;
  const actionTypeId = { category, owner: 'Custom', provider, version } as const;
  try {
    const { jobs = [] } = await codePipeline.send(new PollForJobsCommand({ actionTypeId, maxBatchSize }));
    return jobs.flatMap(({ id, nonce, data }) => {
      if (id === undefined || nonce === undefined) return [];
      const { pipelineName, pipelineExecutionId, action } = data?.pipelineContext ?? {};
      return {
        id,
        nonce,
        configuration: data?.actionConfiguration?.configuration ?? {},
        ...(pipelineName !== undefined && { pipelineName }),
        ...(pipelineExecutionId !== undefined && { executionId: pipelineExecutionId }),
        ...(action?.name !== undefined && { actionName: action.name }),
      };
    });
  } catch (error) {
    if (readAwsFailure(error)?.name !== 'ActionTypeNotFoundException') throw awsCallError('PollForJobs', error);
    throw new JobProtocolError(
      'job-protocol/action-type-missing',
      `There is no custom action type ${category}/${provider}/${version} in this account and Region. Deploy its template, or correct provider and version.`,
      { cause: error },
    );
  }
}
