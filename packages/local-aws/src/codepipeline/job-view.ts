import type { JobData } from '@aws-sdk/client-codepipeline';
import type { PolicyDocument, PolicyStatement } from '../cloud/cloud.ts';
import { pipelineArn } from './arns.ts';
import type { JobRecord } from './job-state.ts';
import type { ActionRunRecord, ArtifactPlace, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

/** What a worker is told of a job, with new artifact credentials each time. */
export function jobData(context: Context, job: JobRecord, run: ActionRunRecord, execution: ExecutionRecord): JobData {
  const { cloud } = context;
  const key = execution.declaration.artifactStore?.encryptionKey;
  const policy = artifactPolicy(cloud, run, key?.id);
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
  cloud: Pick<Context['cloud'], 'partition' | 'region' | 'accountId'>,
  run: Pick<ActionRunRecord, 'inputs' | 'outputs'>,
  keyId: string | undefined,
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
  if (keyId !== undefined) {
    const Action = [
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKey*',
      'kms:ReEncrypt*',
      'kms:DescribeKey',
    ];
    statements.push({ Effect: 'Allow', Action, ...keyScope(cloud, keyId) });
  }
  return { Version: '2012-10-17', Statement: statements };
}

/** An alias is a name that KMS authorises as the key behind it, so it is matched by condition, as AWS does. */
function keyScope(
  cloud: Pick<Context['cloud'], 'partition' | 'region' | 'accountId'>,
  keyId: string,
): Pick<PolicyStatement, 'Resource' | 'Condition'> {
  const prefix = `arn:${cloud.partition}:kms:${cloud.region}:${cloud.accountId}`;
  const alias = /(?:^|:)(alias\/.+)$/.exec(keyId)?.[1];
  if (alias !== undefined) {
    return { Resource: `${prefix}:key/*`, Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } } };
  }
  return { Resource: keyId.startsWith('arn:') ? keyId : `${prefix}:key/${keyId}` };
}
