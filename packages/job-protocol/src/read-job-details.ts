import { type CodePipelineClient, GetJobDetailsCommand, type JobData } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError, JobProtocolError } from './errors.ts';

/** What a worker needs of a job. */
export interface JobDetails {
  readonly jobId: string;
  /** As the pipeline has it, unread. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly outputArtifact: ArtifactLocation;
  /** Fresh with every call; they may touch only this pipeline's artifacts. Lifetime undocumented, an hour at most. */
  readonly artifactCredentials: ArtifactCredentials;
  /** The pipeline's own key; absent means the account's `aws/s3` key. */
  readonly encryptionKeyId?: string;
  readonly pipelineName?: string;
  readonly stageName?: string;
  readonly actionName?: string;
  readonly executionId?: string;
  /** Of a job that went on after an earlier result. */
  readonly continuationToken?: string;
}

export interface ArtifactLocation {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
}

export interface ArtifactCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * Reads a job by its id alone; call it again for new artifact credentials.
 * Throws `job-protocol/job-missing`, `job-protocol/job-incomplete`, `job-protocol/aws-*`.
 */
export async function readJobDetails(
  codePipeline: Pick<CodePipelineClient, 'send'>,
  jobId: string,
): Promise<JobDetails> {
  const data = await getJobData(codePipeline, jobId);
  const { pipelineContext: context, encryptionKey, continuationToken } = data;
  const { pipelineName, pipelineExecutionId } = context ?? {};
  const stageName = context?.stage?.name;
  const actionName = context?.action?.name;
  return {
    jobId,
    configuration: data.actionConfiguration?.configuration ?? {},
    outputArtifact: outputArtifact(jobId, data),
    artifactCredentials: artifactCredentials(jobId, data),
    ...(encryptionKey?.id !== undefined && { encryptionKeyId: encryptionKey.id }),
    ...(pipelineName !== undefined && { pipelineName }),
    ...(stageName !== undefined && { stageName }),
    ...(actionName !== undefined && { actionName }),
    ...(pipelineExecutionId !== undefined && { executionId: pipelineExecutionId }),
    ...(continuationToken !== undefined && { continuationToken }),
  };
}

async function getJobData(codePipeline: Pick<CodePipelineClient, 'send'>, jobId: string): Promise<JobData> {
  try {
    const { jobDetails } = await codePipeline.send(new GetJobDetailsCommand({ jobId }));
    return jobDetails?.data ?? {};
  } catch (error) {
    if (readAwsFailure(error)?.name !== 'JobNotFoundException') throw awsCallError(`GetJobDetails of ${jobId}`, error);
    throw new JobProtocolError(
      'job-protocol/job-missing',
      `CodePipeline knows no job ${jobId}. It belongs to another account or Region, or its pipeline was deleted.`,
      { cause: error },
    );
  }
}

function outputArtifact(jobId: string, { outputArtifacts = [] }: JobData): ArtifactLocation {
  const [artifact] = outputArtifacts;
  const { bucketName, objectKey } = artifact?.location?.s3Location ?? {};
  if (outputArtifacts.length === 1 && bucketName !== undefined && objectKey !== undefined) {
    return { name: artifact?.name ?? '', bucket: bucketName, key: objectKey };
  }
  throw new JobProtocolError(
    'job-protocol/job-incomplete',
    `Job ${jobId} has ${outputArtifacts.length} output artifacts with a place in S3, and one is needed. Give the action exactly one output artifact.`,
    { fault: 'configuration' },
  );
}

function artifactCredentials(jobId: string, { artifactCredentials: given }: JobData): ArtifactCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = given ?? {};
  if (accessKeyId !== undefined && secretAccessKey !== undefined && sessionToken !== undefined) {
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  throw new JobProtocolError(
    'job-protocol/job-incomplete',
    `Job ${jobId} came without artifact credentials. It is finished or was stopped; start the action again.`,
  );
}
