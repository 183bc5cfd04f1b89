import type { CopyObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { ServiceError } from '../cloud/service.ts';
import type { Outcome } from './action-runs.ts';
import { errorDetails, pipelinePrincipal } from './codebuild-runner.ts';
import type { Engine, Runner } from './engine-contract.ts';
import type { ActionRunRecord, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

/** Copies one version of an object of a versioned bucket into the artifact store, as the pipeline's role. */
export function s3SourceRunner(context: Context, engine: Engine): Runner {
  return (execution, run) => {
    copy(context, execution, run).then(
      (outcome) => engine.finish(run.id, outcome),
      (error: unknown) => engine.finish(run.id, { status: 'Failed', error: errorDetails(error) }),
    );
  };
}

async function copy(context: Context, execution: ExecutionRecord, run: ActionRunRecord): Promise<Outcome> {
  const principal = await pipelinePrincipal(context, execution, run);
  const ask = <O>(operation: string, input: object) => context.cloud.call<O>(principal, 's3', operation, input);
  const { bucket, key, versionId } = wantedObject(execution, run);
  const versioning = await ask<{ Status?: string }>('GetBucketVersioning', { Bucket: bucket });
  if (versioning.Status !== 'Enabled') {
    throw new ServiceError(
      'ConfigurationError',
      `Bucket ${bucket} is not versioned; an S3 source needs a versioned bucket.`,
    );
  }
  const head = await ask<HeadObjectCommandOutput>('HeadObject', { Bucket: bucket, Key: key, ...versionId });
  const found = head.VersionId ?? '';
  const [output] = run.outputs;
  if (output === undefined)
    throw new ServiceError('ConfigurationError', `Action ${run.actionName} has no output artifact.`);
  const CopySource = `${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}?versionId=${encodeURIComponent(found)}`;
  const target = { Bucket: output.bucket, Key: output.key, CopySource, ...encryption(execution) };
  const copied = await ask<CopyObjectCommandOutput>('CopyObject', target);
  if (copied.VersionId !== undefined) output.versionId = copied.VersionId;
  const ETag = (head.ETag ?? '').replaceAll('"', '');
  return {
    status: 'Succeeded',
    outputVariables: { BucketName: bucket, ETag, ObjectKey: key, VersionId: found },
    revision: {
      revisionId: found,
      changeId: found.slice(0, 100),
      // What AWS shows: the summary that the uploader left in the object's metadata, else the version.
      summary: head.Metadata?.['codepipeline-artifact-revision-summary'] ?? `Amazon S3 version id: ${found}`,
      created: head.LastModified?.getTime() ?? context.cloud.now(),
    },
  };
}

function wantedObject(execution: ExecutionRecord, run: ActionRunRecord) {
  const override = execution.overrides[run.actionName];
  const { S3Bucket = '', S3ObjectKey = '' } = run.resolvedConfiguration;
  return {
    bucket: S3Bucket,
    key: override?.type === 'S3_OBJECT_KEY' ? override.value : S3ObjectKey,
    versionId: override?.type === 'S3_OBJECT_VERSION_ID' ? { VersionId: override.value } : {},
  };
}

function encryption(execution: ExecutionRecord): object {
  const key = execution.declaration.artifactStore?.encryptionKey?.id;
  return { ServerSideEncryption: 'aws:kms', ...(key === undefined ? {} : { SSEKMSKeyId: key }) };
}
