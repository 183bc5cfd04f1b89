import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud, CloudEvent } from '../cloud/cloud.ts';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';
import { createS3 } from './index.ts';

const run = promisify(execFile);
const REGION = 'eu-central-1';
const MEBIBYTE = 1024 * 1024;

let folder: string;
let aws: LocalAws;
let s3: S3.S3Client;
let bucketNumber = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-'));
  aws = await startLocalAws({ dataFolder: join(folder, 'data'), region: REGION });
  s3 = new S3.S3Client({ region: REGION, endpoint: aws.endpointUrl, credentials: aws.credentials, maxAttempts: 1 });
});

afterAll(async () => {
  s3?.destroy();
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

async function newBucket(settings: { versioned?: boolean } = {}): Promise<string> {
  bucketNumber += 1;
  const Bucket = `bucket-${bucketNumber}`;
  await s3.send(new S3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  if (settings.versioned) {
    await s3.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  return Bucket;
}

async function put(
  Bucket: string,
  Key: string,
  Body: S3.PutObjectCommandInput['Body'] = 'x',
): Promise<S3.PutObjectOutput> {
  return s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }));
}

async function text(Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> {
  const { Body } = await s3.send(
    new S3.GetObjectCommand({ Bucket, Key, ...(VersionId !== undefined && { VersionId }) }),
  );
  return Body?.transformToString();
}

function tlsOnly(bucket: string): object {
  return {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

function failure(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe('buckets', () => {
  it('are made, found, listed with their Region, and deleted', async () => {
    const Bucket = await newBucket();

    const head = await s3.send(new S3.HeadBucketCommand({ Bucket }));
    const location = await s3.send(new S3.GetBucketLocationCommand({ Bucket }));
    const list = await s3.send(new S3.ListBucketsCommand({}));
    await s3.send(new S3.DeleteBucketCommand({ Bucket }));

    expect(head.BucketRegion).toBe(REGION);
    expect(location.LocationConstraint).toBe(REGION);
    expect(list.Buckets?.find(({ Name }) => Name === Bucket)?.CreationDate).toBeInstanceOf(Date);
    expect(await failure(s3.send(new S3.HeadBucketCommand({ Bucket })))).toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('are refused with the errors of S3', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'a');
    const create = (name: string, LocationConstraint: S3.BucketLocationConstraint | undefined) =>
      failure(
        s3.send(
          new S3.CreateBucketCommand({
            Bucket: name,
            ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } }),
          }),
        ),
      );

    expect(await create(Bucket, REGION)).toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
    expect(await create('Upper', REGION)).toMatchObject({ name: 'InvalidBucketName' });
    expect(await create('elsewhere', 'eu-west-1')).toMatchObject({ name: 'IllegalLocationConstraintException' });
    expect(await failure(s3.send(new S3.DeleteBucketCommand({ Bucket })))).toMatchObject({ name: 'BucketNotEmpty' });
    expect(await failure(put('absent', 'a'))).toMatchObject({ name: 'NoSuchBucket' });
    expect(await failure(s3.send(new S3.GetBucketAclCommand({ Bucket })))).toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it('keep what they are told', async () => {
    const Bucket = await newBucket();
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [tlsOnly(Bucket)] });
    const rule: S3.LifecycleRule = {
      ID: 'old',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Expiration: { Days: 30 },
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    };
    const Rules = [
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const }, BucketKeyEnabled: true },
    ];

    expect(await failure(s3.send(new S3.PutBucketPolicyCommand({ Bucket, Policy: '{"Statement":[]}' })))).toMatchObject(
      {
        name: 'MalformedPolicy',
      },
    );
    expect(await failure(s3.send(new S3.GetBucketPolicyCommand({ Bucket })))).toMatchObject({
      name: 'NoSuchBucketPolicy',
    });
    await s3.send(new S3.PutBucketPolicyCommand({ Bucket, Policy: policy }));
    await s3.send(new S3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }));
    await s3.send(new S3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    await s3.send(new S3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a & b', Value: '<c>' }] } }));
    await s3.send(
      new S3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );

    expect((await s3.send(new S3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(policy);
    expect((await s3.send(new S3.GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual([rule]);
    expect(
      (await s3.send(new S3.GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules,
    ).toEqual(Rules);
    expect((await s3.send(new S3.GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([
      { Key: 'a & b', Value: '<c>' },
    ]);
    expect(
      (await s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket }))).EventBridgeConfiguration,
    ).toEqual({});
    expect(
      (await s3.send(new S3.GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration?.BlockPublicPolicy,
    ).toBe(true);
    expect((await s3.send(new S3.GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules).toEqual([
      { ObjectOwnership: 'BucketOwnerEnforced' },
    ]);
    expect((await s3.send(new S3.GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  });
});

describe('objects', () => {
  it('come back with what was said of them', async () => {
    const Bucket = await newBucket();
    const Key = 'Grüße & <mehr>/日本語 +%.txt';
    const Metadata = { commit: 'abc', 'two-words': 'x y' };

    const stored = await s3.send(
      new S3.PutObjectCommand({
        Bucket,
        Key,
        Body: 'hallo',
        ContentType: 'text/plain',
        CacheControl: 'no-cache',
        Metadata,
      }),
    );
    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key }));
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));

    expect(await got.Body?.transformToString()).toBe('hallo');
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      Metadata,
      ContentLength: 5,
      ETag: stored.ETag,
    });
    expect(got.ContentEncoding).toBeUndefined();
    expect(stored.ETag).toBe(`"${createHash('md5').update('hallo').digest('hex')}"`);
    expect(head).toMatchObject({
      ContentLength: 5,
      ChecksumCRC32: stored.ChecksumCRC32,
      ServerSideEncryption: 'AES256',
    });
    expect(head.LastModified).toBeInstanceOf(Date);
  });

  it('may be empty, and are streamed both ways', async () => {
    const Bucket = await newBucket();
    const big = randomBytes(9 * MEBIBYTE + 17);

    await put(Bucket, 'empty', '');
    await s3.send(
      new S3.PutObjectCommand({ Bucket, Key: 'big', Body: Readable.from([big]), ContentLength: big.length }),
    );
    const { Body } = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'big' }));

    expect(await text(Bucket, 'empty')).toBe('');
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(big)).toBe(true);
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'are checked with %s, and not stored when it differs',
    async (name) => {
      const Bucket = await newBucket();
      const body = 'some bytes to check';

      const good = await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'good', Body: body, ChecksumAlgorithm: name }));
      const wrong = Buffer.alloc({ CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }[name]).toString('base64');
      const bad = s3.send(new S3.PutObjectCommand({ Bucket, Key: 'bad', Body: body, [`Checksum${name}`]: wrong }));

      expect(good[`Checksum${name}`]).toEqual(expect.any(String));
      expect(await failure(bad)).toMatchObject({ name: 'BadDigest' });
      expect(await failure(text(Bucket, 'bad'))).toMatchObject({ name: 'NoSuchKey' });
    },
  );

  it('have the published check values', async () => {
    const { createChecksum } = await import('../protocol/rest-xml-checksums.ts');
    const of = (name: 'crc32' | 'crc32c' | 'crc64nvme') => {
      const checksum = createChecksum(name);
      checksum.update(Buffer.from('123456789'));
      return Buffer.from(checksum.digest(), 'base64').toString('hex');
    };

    expect([of('crc32'), of('crc32c'), of('crc64nvme')]).toEqual(['cbf43926', 'e3069283', 'ae8b14860a799888']);
  });

  it('are refused with a wrong Content-MD5', async () => {
    const Bucket = await newBucket();

    const sent = s3.send(
      new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ContentMD5: Buffer.alloc(16).toString('base64') }),
    );

    expect(await failure(sent)).toMatchObject({ name: 'BadDigest' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('give the range %s', async (Range, expected, ContentRange) => {
    const Bucket = await newBucket();
    await put(Bucket, 'digits', '0123456789');

    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'digits', Range }));

    expect(await got.Body?.transformToString()).toBe(expected);
    expect(got).toMatchObject({ ContentRange, ContentLength: expected.length, $metadata: { httpStatusCode: 206 } });
  });

  it('refuse a range beyond their end', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'digits', '0123456789');

    const got = s3.send(new S3.GetObjectCommand({ Bucket, Key: 'digits', Range: 'bytes=10-' }));

    expect(await failure(got)).toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });

  it('heed conditions', async () => {
    const Bucket = await newBucket();
    const { ETag = '' } = await put(Bucket, 'a', 'one');
    const again = (condition: Partial<S3.PutObjectCommandInput>) =>
      failure(s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'two', ...condition })));

    expect(await again({ IfNoneMatch: '*' })).toMatchObject({ name: 'PreconditionFailed' });
    expect(await again({ IfMatch: '"other"' })).toMatchObject({ name: 'PreconditionFailed' });
    expect(await text(Bucket, 'a')).toBe('one');
    expect(await failure(s3.send(new S3.GetObjectCommand({ Bucket, Key: 'a', IfNoneMatch: ETag })))).toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    expect(await again({ IfMatch: ETag })).toBe('no error');
  });

  it('are copied with their attributes, or with new ones', async () => {
    const Bucket = await newBucket();
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a b/ü', Body: 'copied', Metadata: { n: '1' } }));
    const CopySource = `${Bucket}/${encodeURIComponent('a b/ü')}`;

    const result = await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'kept', CopySource }));
    await s3.send(
      new S3.CopyObjectCommand({ Bucket, Key: 'new', CopySource, MetadataDirective: 'REPLACE', Metadata: { n: '2' } }),
    );

    expect(result.CopyObjectResult?.ETag).toBe(`"${createHash('md5').update('copied').digest('hex')}"`);
    expect(await text(Bucket, 'new')).toBe('copied');
    expect((await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'kept' }))).Metadata).toEqual({ n: '1' });
    expect((await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'new' }))).Metadata).toEqual({ n: '2' });
  });

  it('are deleted, alone and many at once', async () => {
    const Bucket = await newBucket();
    for (const Key of ['a', 'b & <c>', 'd']) await put(Bucket, Key);

    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'a' }));
    const result = await s3.send(
      new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b & <c>' }, { Key: 'never there' }] } }),
    );

    expect(result.Deleted?.map(({ Key }) => Key)).toEqual(['b & <c>', 'never there']);
    expect((await s3.send(new S3.ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key)).toEqual(['d']);
  });
});

describe('versions', () => {
  it('stay behind later ones, under a delete marker too', async () => {
    const Bucket = await newBucket({ versioned: true });
    const one = await put(Bucket, 'a', 'one');
    const two = await put(Bucket, 'a', 'two');

    const marker = await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'a' }));

    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    expect(await failure(text(Bucket, 'a'))).toMatchObject({ name: 'NoSuchKey' });
    expect(await text(Bucket, 'a', one.VersionId)).toBe('one');
    expect(await text(Bucket, 'a', two.VersionId)).toBe('two');
    expect(await failure(text(Bucket, 'a', marker.VersionId))).toMatchObject({ name: 'MethodNotAllowed' });
    expect(await failure(text(Bucket, 'a', 'unknown'))).toMatchObject({ name: 'NoSuchVersion' });
    const listed = await s3.send(new S3.ListObjectVersionsCommand({ Bucket }));
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [two.VersionId, false],
      [one.VersionId, false],
    ]);
    expect(listed.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);

    await s3.send(
      new S3.DeleteObjectCommand({ Bucket, Key: 'a', ...(marker.VersionId && { VersionId: marker.VersionId }) }),
    );

    expect(await text(Bucket, 'a')).toBe('two');
  });

  it('leave no file behind when they are gone', async () => {
    const Bucket = await newBucket();
    const files = async () => (await readdir(join(folder, 'data'), { recursive: true })).length;
    await put(Bucket, 'a', 'one');
    const before = await files();

    await put(Bucket, 'a', 'two');
    await put(Bucket, 'b', 'three');
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'b' }));

    expect(await files()).toBe(before);
  });
});

describe('listings', () => {
  it('roll up folders and go on page by page, in the order of UTF-8', async () => {
    const Bucket = await newBucket();
    const keys = ['a/1', 'a/2', 'b', 'c/1', 'd', 'é', '\u{1F600}', '\uFFEE'];
    for (const Key of keys) await put(Bucket, Key);
    const pages: (string | undefined)[][] = [];

    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new S3.ListObjectsV2Command({
          Bucket,
          Delimiter: '/',
          MaxKeys: 2,
          ...(ContinuationToken && { ContinuationToken }),
        }),
      );
      pages.push([
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ...(page.Contents ?? []).map(({ Key }) => Key),
      ]);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);

    expect(pages).toEqual([['a/', 'b'], ['c/', 'd'], ['é', '\uFFEE'], ['\u{1F600}']]);
  });

  it('start with a prefix, and encode names where asked', async () => {
    const Bucket = await newBucket();
    for (const Key of ['x/a b', 'x/ü', 'y']) await put(Bucket, Key);

    const plain = await s3.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'x/' }));
    const encoded = await s3.send(new S3.ListObjectsCommand({ Bucket, Prefix: 'x/', EncodingType: 'url' }));

    expect(plain.Contents?.map(({ Key }) => Key)).toEqual(['x/a b', 'x/ü']);
    expect(encoded.Contents?.map(({ Key }) => Key)).toEqual(['x/a%20b', 'x/%C3%BC']);
  });
});

describe('multipart uploads', () => {
  it('join a stream of unknown length, with a checksum of checksums', async () => {
    const Bucket = await newBucket({ versioned: true });
    const body = randomBytes(12 * MEBIBYTE);
    const chunks = Array.from({ length: 48 }, (_, n) => body.subarray((n * MEBIBYTE) / 4, ((n + 1) * MEBIBYTE) / 4));

    const done = await new Upload({
      client: s3,
      params: { Bucket, Key: 'joined', Body: Readable.from(chunks) },
    }).done();
    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'joined' }));

    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(done.VersionId).toBe(got.VersionId);
    const across = await s3.send(
      new S3.GetObjectCommand({ Bucket, Key: 'joined', Range: `bytes=${5 * MEBIBYTE - 2}-${5 * MEBIBYTE + 1}` }),
    );
    expect(
      Buffer.from((await across.Body?.transformToByteArray()) ?? []).equals(
        body.subarray(5 * MEBIBYTE - 2, 5 * MEBIBYTE + 2),
      ),
    ).toBe(true);
    expect((await s3.send(new S3.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  it('are refused when a part is small, missing, out of order or altered', async () => {
    const Bucket = await newBucket();
    const { UploadId = '' } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
    const part = async (PartNumber: number) => {
      const { ETag = '' } = await s3.send(
        new S3.UploadPartCommand({ Bucket, Key: 'a', UploadId, PartNumber, Body: `part ${PartNumber}` }),
      );
      return { PartNumber, ETag };
    };
    const [one, two] = [await part(1), await part(2)];
    const complete = (Parts: S3.CompletedPart[]) =>
      failure(
        s3.send(new S3.CompleteMultipartUploadCommand({ Bucket, Key: 'a', UploadId, MultipartUpload: { Parts } })),
      );

    expect(
      (await s3.send(new S3.ListPartsCommand({ Bucket, Key: 'a', UploadId }))).Parts?.map(({ Size }) => Size),
    ).toEqual([6, 6]);
    expect(await complete([one, two])).toMatchObject({ name: 'EntityTooSmall' });
    expect(await complete([two, one])).toMatchObject({ name: 'InvalidPartOrder' });
    expect(await complete([{ ...one, ETag: two.ETag }])).toMatchObject({ name: 'InvalidPart' });
    expect(await complete([{ ...one, PartNumber: 3 }])).toMatchObject({ name: 'InvalidPart' });
    await s3.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: 'a', UploadId }));
    expect(await complete([one])).toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('events', () => {
  it('tell EventBridge of objects, only where the bucket says so', async () => {
    const Bucket = await newBucket({ versioned: true });
    const events: CloudEvent[] = [];
    const { cloud } = aws;
    const listening: Cloud = {
      region: cloud.region,
      accountId: cloud.accountId,
      partition: cloud.partition,
      endpointUrl: cloud.endpointUrl,
      identities: cloud.identities,
      folder: (name) => cloud.folder(name),
      now: () => cloud.now(),
      collection: (name) => cloud.collection(name),
      call: (principal, service, operation, input) => cloud.call(principal, service, operation, input),
      emit: (event) => events.push(event),
    };
    const { operations } = createS3(listening);
    const call = { principal: cloud.identities.root, requestId: 'r-1', secureTransport: true };
    const send = (name: string, input: object) => operations[name]?.run(input as never, call);

    await send('PutObject', { Bucket, Key: 'quiet', Body: 'x' });
    await send('PutBucketNotificationConfiguration', {
      Bucket,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    });
    await send('PutObject', { Bucket, Key: 'a/b c', Body: 'loud' });
    await send('DeleteObject', { Bucket, Key: 'a/b c' });

    expect(events).toMatchObject([
      {
        source: 'aws.s3',
        detailType: 'Object Created',
        resources: [`arn:aws:s3:::${Bucket}`],
        detail: {
          bucket: { name: Bucket },
          object: {
            key: 'a/b c',
            size: 4,
            etag: createHash('md5').update('loud').digest('hex'),
            'version-id': expect.any(String),
          },
          reason: 'PutObject',
          'request-id': 'r-1',
        },
      },
      { detailType: 'Object Deleted', detail: { object: { key: 'a/b c' }, 'deletion-type': 'Delete Marker Created' } },
    ]);
  });
});

describe('raw requests', () => {
  it('may be signed in their address', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'a b', 'shared');
    const url = new URL(`${aws.endpointUrl}/${Bucket}/a%20b`);
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials: aws.credentials,
      sha256: Sha256,
      uriEscapePath: false,
    });

    const { query } = await signer.presign({
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
    const answer = await fetch(url);

    expect(await answer.text()).toBe('shared');
  });

  it('that end too early leave nothing', async () => {
    const Bucket = await newBucket();
    const files = async () => (await readdir(join(folder, 'data'), { recursive: true })).length;
    const before = await files();
    const url = new URL(`${aws.endpointUrl}/${Bucket}/cut`);
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials: aws.credentials,
      sha256: Sha256,
      uriEscapePath: false,
    });
    const { headers } = await signer.sign({
      method: 'PUT',
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-length': '1000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });

    await new Promise<void>((resolve) => {
      const sent = request(url, {
        method: 'PUT',
        headers,
      });
      sent.on('error', () => resolve());
      sent.write('only this', () => sent.destroy());
    });
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(await readFile(aws.callLog, 'utf8')).toMatch(new RegExp(`PutObject.*${Bucket}/cut`));
    expect(await failure(text(Bucket, 'cut'))).toMatchObject({ name: 'NoSuchKey' });
    expect(await files()).toBe(before);
  });
});

describe('a restart', () => {
  it('finds buckets and objects again', async () => {
    const dataFolder = join(folder, 'restarted');
    const first = await startLocalAws({ dataFolder, region: REGION });
    await first.cloud.call(first.cloud.identities.root, 's3', 'CreateBucket', {
      Bucket: 'kept',
      CreateBucketConfiguration: { LocationConstraint: REGION },
    });
    await first.cloud.call(first.cloud.identities.root, 's3', 'PutObject', {
      Bucket: 'kept',
      Key: 'a',
      Body: Buffer.from('still here'),
    });
    await first.close();

    const second = await startLocalAws({ dataFolder, region: REGION });
    const got = await second.cloud.call<{ Body: Readable }>(second.cloud.identities.root, 's3', 'GetObject', {
      Bucket: 'kept',
      Key: 'a',
    });
    const content = Buffer.concat(await (got.Body as AsyncIterable<Buffer> & Readable).toArray()).toString();
    await second.close();

    expect(content).toBe('still here');
  });
});

function has(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!has('aws'))('the AWS CLI (needs aws)', () => {
  it('makes a bucket, copies both ways, lists and removes', async () => {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      AWS_PAGER: '',
    };
    const cli = async (...args: string[]) => (await run('aws', args, { env })).stdout;
    const [file, back] = [join(folder, 'file.bin'), join(folder, 'back.bin')];
    const content = randomBytes(9 * MEBIBYTE);
    await writeFile(file, content);

    expect(await cli('s3', 'mb', 's3://made-by-cli')).toContain('make_bucket: made-by-cli');
    await cli('s3', 'cp', file, 's3://made-by-cli/a folder/ü.bin', '--no-progress');
    expect(await cli('s3', 'ls')).toContain('made-by-cli');
    expect(await cli('s3', 'ls', 's3://made-by-cli', '--recursive')).toMatch(/9437184 a folder\/ü\.bin/);
    await cli('s3', 'cp', 's3://made-by-cli/a folder/ü.bin', back, '--no-progress');
    expect((await readFile(back)).equals(content)).toBe(true);
    await cli('s3', 'rb', 's3://made-by-cli', '--force');
    expect(await cli('s3', 'ls')).not.toContain('made-by-cli');
  }, 60_000);
});
