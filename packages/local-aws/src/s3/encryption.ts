import type { Call } from '../cloud/service.ts';
import { ServiceError } from '../cloud/service.ts';
import { s3Error } from './errors.ts';
import { bucketArn } from './permissions.ts';
import type { BucketRecord, Encryption } from './records.ts';
import type { S3State } from './s3-state.ts';

/** Stands for the account's `aws/s3` key, which needs no permission of the caller's. */
const MANAGED_KEY_ID = '5e3d0a1c-93f4-4c07-8f2d-6a0b51f8c3d2';

export interface EncryptionRequest {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
}

/**
 * Decides how an object is encrypted: as asked, else as the bucket says, else AES256. A customer key must exist and
 * give the caller a data key. Nothing is really encrypted; who may read is what is simulated.
 */
export async function chooseEncryption(
  state: S3State,
  call: Call,
  bucket: BucketRecord,
  key: string,
  request: EncryptionRequest,
): Promise<Encryption> {
  if (request.SSECustomerAlgorithm !== undefined) {
    throw s3Error('NotImplemented', 'local-aws has no encryption with keys that customers send along (SSE-C).');
  }
  const byBucket = bucket.settings.encryption?.Rules?.[0];
  const preset = byBucket?.ApplyServerSideEncryptionByDefault;
  const algorithm = request.ServerSideEncryption ?? preset?.SSEAlgorithm ?? 'AES256';
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw s3Error('NotImplemented', `local-aws encrypts with AES256 or aws:kms, not with ${algorithm}.`);
  }
  if (algorithm === 'AES256') {
    if (request.SSEKMSKeyId === undefined) return { algorithm };
    throw s3Error('InvalidArgument', 'A KMS key is named, but x-amz-server-side-encryption is not aws:kms.');
  }
  // Asked for aws:kms without a key, S3 takes aws/s3 even where the bucket has a key of its own.
  const keyId =
    request.SSEKMSKeyId ?? (request.ServerSideEncryption === undefined ? preset?.KMSMasterKeyID : undefined);
  const bucketKey = request.BucketKeyEnabled ?? byBucket?.BucketKeyEnabled ?? false;
  if (keyId === undefined || /(^|:)alias\/aws\/s3$/.test(keyId)) {
    return { algorithm, keyArn: managedKeyArn(state), bucketKey };
  }
  if (keyId === managedKeyArn(state)) return { algorithm, keyArn: keyId, bucketKey };
  const made = await asS3(
    state.cloud.call<{ KeyId?: string; CiphertextBlob?: Uint8Array }>(call.principal, 'kms', 'GenerateDataKey', {
      KeyId: keyId,
      KeySpec: 'AES_256',
      EncryptionContext: encryptionContextOf(state, bucket.name, key),
    }),
  );
  return {
    algorithm,
    keyArn: made.KeyId ?? keyId,
    dataKey: Buffer.from(made.CiphertextBlob ?? []).toString('base64'),
    bucketKey,
  };
}

/** Whoever reads an object under a customer key must be allowed to decrypt with it. */
export async function requireDecrypt(
  state: S3State,
  call: Call,
  bucket: string,
  key: string,
  encryption: Encryption,
): Promise<void> {
  if (encryption.dataKey === undefined) return;
  await asS3(
    state.cloud.call(call.principal, 'kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(encryption.dataKey, 'base64'),
      EncryptionContext: encryptionContextOf(state, bucket, key),
    }),
  );
}

/** The members with which put, get, head, copy and multipart answers say how an object is encrypted. */
export function encryptionOutput(encryption: Encryption) {
  return {
    ServerSideEncryption: encryption.algorithm,
    ...(encryption.keyArn !== undefined && { SSEKMSKeyId: encryption.keyArn }),
    ...(encryption.bucketKey && { BucketKeyEnabled: true }),
  };
}

function managedKeyArn(state: S3State): string {
  const { partition, region, accountId } = state.cloud;
  return `arn:${partition}:kms:${region}:${accountId}:key/${MANAGED_KEY_ID}`;
}

function encryptionContextOf(state: S3State, bucket: string, key: string): Record<string, string> {
  return { 'aws:s3:arn': `${bucketArn(state, bucket)}/${key}` };
}

/** KMS's errors as S3 passes them on: `KMS.NotFoundException`; a refusal becomes AccessDenied with KMS's own words. */
async function asS3<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'AccessDeniedException' || error.code === 'AccessDenied') {
      throw s3Error('AccessDenied', error.message);
    }
    throw new ServiceError(`KMS.${error.code}`, error.message, 400);
  }
}
