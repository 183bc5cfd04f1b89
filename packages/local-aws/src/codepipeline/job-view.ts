import type { JobData } from '@aws-sdk/client-codepipeline';
import type { DescribeKeyCommandOutput } from '@aws-sdk/client-kms';
import type { PolicyDocument, PolicyStatement } from '../cloud/cloud.ts';
import { pipelineArn } from './arns.ts';
import type { JobRecord } from './job-state.ts';
import type { ActionRunRecord, ArtifactPlace, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

/** What a worker is told of a job, with new artifact credentials each time. */
export async function jobData(
  context: Context,
  job: JobRecord,
  run: ActionRunRecord,
  execution: ExecutionRecord,
): Promise<JobData> {
  const { cloud } = context;
  const key = execution.declaration.artifactStore?.encryptionKey;
  const policy = artifactPolicy(cloud, run, key?.id === undefined ? undefined : await storeKeyArn(cloud, key.id));
  const { credentials } = cloud.identities.issue(
    `codepipeline-job-${job.id}`,
    policy,
    context.times.credentialLifetimeMs,
  );
  return {
    actionTypeId: run.typeId,
    actionConfiguration: { configuration: run.resolvedConfiguration },
    pipelineContext: {
      pipelineName: run.pipelineName,
      stage: { name: run.stageName },
      action: { name: run.actionName, actionExecutionId: run.id },
      pipelineArn: pipelineArn(cloud, run.pipelineName),
      pipelineExecutionId: execution.id,
    },
    inputArtifacts: run.inputs.map((place) => ({
      name: place.name,
      ...(execution.revisions[place.name] === undefined
        ? {}
        : { revision: execution.revisions[place.name]?.revisionId }),
      location: location(place),
    })),
    outputArtifacts: run.outputs.map((place) => ({ name: place.name, location: location(place) })),
    artifactCredentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      sessionToken: credentials.sessionToken,
    },
    ...(job.continuationToken === undefined ? {} : { continuationToken: job.continuationToken }),
    ...(key === undefined ? {} : { encryptionKey: key }),
  };
}

function location(place: ArtifactPlace): NonNullable<NonNullable<JobData['inputArtifacts']>[number]['location']> {
  return { type: 'S3', s3Location: { bucketName: place.bucket, objectKey: place.key } };
}

/** Exactly the objects of this job, and the store's own key; nothing else of the bucket. */
export function artifactPolicy(
  cloud: Pick<Context['cloud'], 'partition'>,
  run: Pick<ActionRunRecord, 'inputs' | 'outputs'>,
  keyArn: string | undefined,
): PolicyDocument {
  const objects = (places: readonly ArtifactPlace[]) =>
    places.map((p) => `arn:${cloud.partition}:s3:::${p.bucket}/${p.key}`);
  const statements: PolicyStatement[] = [];
  if (run.inputs.length > 0) {
    statements.push({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: objects(run.inputs),
    });
  }
  if (run.outputs.length > 0) {
    const Action = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
    statements.push({ Effect: 'Allow', Action, Resource: objects(run.outputs) });
  }
  if (keyArn !== undefined) {
    const Action = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*', 'kms:DescribeKey'];
    statements.push({ Effect: 'Allow', Action, Resource: keyArn });
  }
  // A policy must say something, even for a job without artifacts.
  const nothing: PolicyStatement = { Effect: 'Deny', Action: '*', Resource: '*' };
  return { Version: '2012-10-17', Statement: statements.length > 0 ? statements : [nothing] };
}

/** The store may name its key by ARN, id or alias; KMS authorises the key's ARN. */
async function storeKeyArn(cloud: Context['cloud'], id: string): Promise<string> {
  if (/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(id)) return id;
  const caller = cloud.identities.service('codepipeline.amazonaws.com');
  try {
    const { KeyMetadata } = await cloud.call<DescribeKeyCommandOutput>(caller, 'kms', 'DescribeKey', { KeyId: id });
    return KeyMetadata?.Arn ?? id;
  } catch {
    // A key that is gone must not stop the poll: the worker's upload names it.
    return `arn:${cloud.partition}:kms:${cloud.region}:${cloud.accountId}:key/unknown`;
  }
}
