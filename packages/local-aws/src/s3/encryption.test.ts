import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import * as S3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';

const REGION = 'us-east-1';
const Bucket = 'encrypted';
const HOUR_MS = 3_600_000;

let folder: string;
let aws: LocalAws;
let s3: S3.S3Client;
let kms: KMSClient;
let keyArn: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-kms-'));
  aws = await startLocalAws({ dataFolder: folder, region: REGION });
  s3 = new S3.S3Client({ region: REGION, endpoint: aws.endpointUrl, credentials: aws.credentials });
  kms = new KMSClient({ region: REGION, endpoint: aws.endpointUrl, credentials: aws.credentials });
  keyArn = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  s3?.destroy();
  kms?.destroy();
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A client whose credentials allow S3, and of KMS only what is named. */
function limitedTo(...kmsActions: string[]): S3.S3Client {
  const Statement = [
    { Effect: 'Allow' as const, Action: 's3:*', Resource: '*' },
    ...kmsActions.map((Action) => ({ Effect: 'Allow' as const, Action, Resource: keyArn })),
  ];
  const { credentials } = aws.cloud.identities.issue('job', { Version: '2012-10-17', Statement }, HOUR_MS);
  return new S3.S3Client({ region: REGION, endpoint: aws.endpointUrl, credentials });
}

function failure(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

const UNDER_KEY = () => ({ ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: keyArn });

describe('encryption', () => {
  it('is AES256 unless asked for, or set for the bucket', async () => {
    const plain = await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'plain', Body: 'x' }));
    const Rules = [
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: keyArn } },
    ];
    await s3.send(new S3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    const preset = await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'preset', Body: 'x' }));
    await s3.send(new S3.DeleteBucketEncryptionCommand({ Bucket }));

    expect(plain.ServerSideEncryption).toBe('AES256');
    expect(preset).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn });
  });

  it("asks no permission of KMS for the account's own key", async () => {
    const client = limitedTo();

    const put = await client.send(
      new S3.PutObjectCommand({ Bucket, Key: 'own', Body: 'x', ServerSideEncryption: 'aws:kms' }),
    );
    const got = await client.send(new S3.GetObjectCommand({ Bucket, Key: 'own' }));

    expect(put.SSEKMSKeyId).toMatch(/^arn:aws:kms:us-east-1:\d{12}:key\//);
    expect(await got.Body?.transformToString()).toBe('x');
  });

  it('asks for kms:GenerateDataKey to write and kms:Decrypt to read under a customer key', async () => {
    const put = (client: S3.S3Client) =>
      client.send(new S3.PutObjectCommand({ Bucket, Key: 'key', Body: 'x', ...UNDER_KEY() }));
    const get = (client: S3.S3Client) => client.send(new S3.GetObjectCommand({ Bucket, Key: 'key' }));

    expect(await failure(put(limitedTo()))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:GenerateDataKey'),
    });
    expect(await put(limitedTo('kms:GenerateDataKey'))).toMatchObject({ SSEKMSKeyId: keyArn });
    expect(await failure(get(limitedTo('kms:GenerateDataKey')))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:Decrypt'),
    });
    expect(await (await get(limitedTo('kms:Decrypt'))).Body?.transformToString()).toBe('x');
  });

  it('asks for both to complete a multipart upload', async () => {
    const upload = async (client: S3.S3Client) => {
      const target = { Bucket, Key: 'parts' };
      const { UploadId = '' } = await client.send(new S3.CreateMultipartUploadCommand({ ...target, ...UNDER_KEY() }));
      const { ETag = '' } = await client.send(
        new S3.UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }),
      );
      const Parts = [{ PartNumber: 1, ETag }];
      return client.send(new S3.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    };

    expect(await failure(upload(limitedTo('kms:GenerateDataKey')))).toMatchObject({ name: 'AccessDenied' });
    expect(await upload(limitedTo('kms:GenerateDataKey', 'kms:Decrypt'))).toMatchObject({ SSEKMSKeyId: keyArn });
  });

  it("passes on what KMS says of a key, with KMS's name before it", async () => {
    const disabled = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    await kms.send(new DisableKeyCommand({ KeyId: disabled }));
    const absent = keyArn.replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000');
    const put = (SSEKMSKeyId: string) =>
      failure(
        s3.send(
          new S3.PutObjectCommand({ Bucket, Key: 'no', Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId }),
        ),
      );

    expect(await put(disabled)).toMatchObject({ name: 'KMS.DisabledException' });
    expect(await put(absent)).toMatchObject({ name: 'KMS.NotFoundException' });
  });
});
