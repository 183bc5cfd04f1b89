import type { Permission } from '../cloud/service.ts';
import type { S3State } from './s3-state.ts';

type Context = Readonly<Record<string, string | readonly string[]>>;

export function bucketArn(state: S3State, bucket: string): string {
  return `arn:${state.cloud.partition}:s3:::${bucket}`;
}

/** An action on a bucket or, with a key, on an object; the bucket's policy has its say. Throws NoSuchBucket. */
export function allow(
  state: S3State,
  action: string,
  bucketName: string | undefined,
  key?: string,
  context?: Context,
): Permission {
  const bucket = state.bucket(bucketName);
  const arn = bucketArn(state, bucket.name);
  const { policy } = bucket.settings;
  return {
    action: `s3:${action}`,
    resource: key === undefined ? arn : `${arn}/${key}`,
    ...(context !== undefined && { context }),
    ...(policy !== undefined && { resourcePolicy: JSON.parse(policy) as unknown }),
  };
}

/** Condition keys that bucket policies ask of an upload. */
export function encryptionContext(input: {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
}): Context {
  return {
    ...(input.ServerSideEncryption !== undefined && { 's3:x-amz-server-side-encryption': input.ServerSideEncryption }),
    ...(input.SSEKMSKeyId !== undefined && { 's3:x-amz-server-side-encryption-aws-kms-key-id': input.SSEKMSKeyId }),
  };
}
