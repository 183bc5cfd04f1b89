import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { uploadArtifact } from './upload.ts';

const BUCKET = 'artifacts';
const REGION = 'us-west-2';
const MEBIBYTE = 1024 * 1024;

let folder: string;
let aws: LocalAws;
let s3: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
  aws = await startLocalAws({ dataFolder: folder, region: REGION });
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
  s3 = new S3Client({ region: REGION, credentials: aws.credentials });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

async function* bytes(content: Buffer, pieceBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
}

function upload(options: Partial<Parameters<typeof uploadArtifact>[0]>) {
  return uploadArtifact({
    region: REGION,
    credentials: aws.credentials,
    bucket: BUCKET,
    key: 'pipeline/source/abc1234',
    body: bytes(Buffer.from('zip')),
    ...options,
  });
}

async function leftovers(): Promise<number> {
  return (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads?.length ?? 0;
}

describe('uploadArtifact', () => {
  it.each([
    [3, 'one request'],
    [5 * MEBIBYTE, 'one request'],
    [5 * MEBIBYTE + 1, 'two parts'],
    [48 * MEBIBYTE, 'ten parts, of which not all are under way at once'],
    [0, 'nothing'],
  ])('stores %i bytes (%s), says how many and which', async (size) => {
    const content = randomBytes(size);

    const result = await upload({ key: `sized/${size}`, body: bytes(content), metadata: { commit: 'abc' } });

    expect(result).toEqual({
      bytes: size,
      sha256: createHash('sha256').update(content).digest('hex'),
      etag: expect.any(String),
      versionId: expect.any(String),
    });
    const stored = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `sized/${size}` }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
    expect(stored).toMatchObject({ ContentType: 'application/zip', Metadata: { commit: 'abc' } });
  });

  it("encrypts with the account's key where the pipeline has none, and has the bytes checked", async () => {
    await upload({ key: 'encrypted' });

    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'encrypted', ChecksumMode: 'ENABLED' }));

    expect(head.ServerSideEncryption).toBe('aws:kms');
    expect(head.ChecksumCRC32).toEqual(expect.any(String));
  });

  it("throws the source's own error unchanged, and leaves no part", async () => {
    const broken = new Error('disk gone');
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 20; n += 1) yield Buffer.alloc(MEBIBYTE);
      throw broken;
    }

    await expect(upload({ body: body() })).rejects.toBe(broken);

    expect(await leftovers()).toBe(0);
  });

  it('ends when it is aborted, and leaves no part', async () => {
    const abort = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let n = 0; ; n += 1) {
        if (n === 20) abort.abort(new Error('time is over'));
        yield Buffer.alloc(MEBIBYTE);
      }
    }

    await expect(upload({ body: body(), signal: abort.signal })).rejects.toThrow('time is over');

    expect(await leftovers()).toBe(0);
  });

  it('leaves no part where the object was replaced meanwhile', async () => {
    const { etag = '' } = await upload({ key: 'contended' });
    const body = async function* () {
      yield randomBytes(20 * MEBIBYTE);
      await upload({ key: 'contended', body: bytes(Buffer.from('first')) });
    };

    const late = upload({ key: 'contended', body: body(), condition: { ifMatch: etag } });

    await expect(late).rejects.toMatchObject({ code: 'artifact/changed-meanwhile' });
    expect(await leftovers()).toBe(0);
  });

  it('ends, and leaves no part, where the body hangs', { timeout: 15_000 }, async () => {
    const abort = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 20; n += 1) yield Buffer.alloc(MEBIBYTE);
      abort.abort(new Error('time is over'));
      await new Promise(() => undefined);
    }

    await expect(upload({ body: body(), signal: abort.signal })).rejects.toThrow('time is over');

    expect(await leftovers()).toBe(0);
  });

  it('lets go of the body where S3 fails', async () => {
    let isReleased = false;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(MEBIBYTE);
      } finally {
        isReleased = true;
      }
    }

    const failed = upload({ bucket: 'nowhere-to-be-found', body: body() });

    await expect(failed).rejects.toMatchObject({ code: 'artifact/bucket-missing' });
    await vi.waitFor(() => expect(isReleased).toBe(true));
  });

  it('says that the bucket does not exist', async () => {
    await expect(upload({ bucket: 'nowhere-to-be-found' })).rejects.toMatchObject({
      code: 'artifact/bucket-missing',
      fault: 'configuration',
      message: expect.stringContaining('nowhere-to-be-found'),
    });
  });

  it('says that S3 refused', async () => {
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${BUCKET}/closed/*`,
    };
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: BUCKET,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
    );

    await expect(upload({ key: 'closed/a' })).rejects.toMatchObject({
      code: 'artifact/upload-denied',
      fault: 'permission',
      message: expect.stringContaining(`s3://${BUCKET}/closed/a`),
    });
  });

  it('says that the credentials are not valid, without telling them', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'not-to-be-told' };

    await expect(upload({ credentials })).rejects.toMatchObject({
      code: 'artifact/upload-denied',
      message: expect.not.stringContaining('not-to-be-told'),
    });
  });

  it("says that the pipeline's key cannot be used", async () => {
    const encryptionKeyId = `arn:aws:kms:${REGION}:${aws.accountId}:key/11111111-2222-3333-4444-555555555555`;

    await expect(upload({ encryptionKeyId })).rejects.toMatchObject({
      code: 'artifact/key-denied',
      fault: 'permission',
    });
  });

  it('says that S3 is not to be reached, as something that may pass', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);

    const failed = upload({});

    await expect(failed).rejects.toMatchObject({
      code: 'artifact/upload-failed',
      fault: 'unavailable',
      retryable: true,
    });
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
  });
});
