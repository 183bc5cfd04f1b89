import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { uploadArtifact } from './upload.ts';
import { uploadNewest } from './upload-newest.ts';

const BUCKET = 'sources';

let folder: string;
let aws: LocalAws;
let s3: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-newest-'));
  aws = await startLocalAws({ dataFolder: folder });
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
  s3 = new S3Client({ region: aws.region, credentials: aws.credentials });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A ref that moves, and what a delivery does: read it, take some time, upload what was read. */
class MovingRef {
  commit: string | undefined;
  readonly key = `team/app/${randomBytes(4).toString('hex')}.zip`;

  constructor(commit: string) {
    this.commit = commit;
  }

  deliver(slowMs = 0, bytes = 10): ReturnType<typeof uploadNewest> {
    return uploadNewest({ s3, bucket: BUCKET, key: this.key }, async (keep) => {
      const { commit } = this;
      if (commit === undefined) return undefined;
      return keep({
        commit,
        upload: async (condition) => {
          await delay(slowMs);
          async function* body() {
            yield Buffer.alloc(bytes, commit);
          }
          return uploadArtifact({
            region: aws.region,
            credentials: aws.credentials,
            bucket: BUCKET,
            key: this.key,
            body: body(),
            metadata: { commit },
            condition,
          });
        },
      });
    });
  }

  async stored(): Promise<string | undefined> {
    const { Metadata } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: this.key }));
    return Metadata?.commit;
  }

  async versions(): Promise<number> {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: this.key }));
    return Versions.length;
  }
}

describe('uploadNewest', () => {
  it('uploads a commit once, and the next one over it', async () => {
    const ref = new MovingRef('one');

    expect(await ref.deliver()).toMatchObject({ kind: 'uploaded', commit: 'one' });
    expect(await ref.deliver()).toEqual({ kind: 'already-there', commit: 'one' });
    ref.commit = 'two';
    expect(await ref.deliver()).toMatchObject({ kind: 'uploaded', commit: 'two' });
    expect(await ref.versions()).toBe(2);
  });

  it.each([10, 9 * 1024 * 1024])('never lets a slow older commit replace a newer one (%i bytes)', async (bytes) => {
    const ref = new MovingRef('older');
    const slow = ref.deliver(300, bytes);
    await delay(50);
    ref.commit = 'newer';

    expect(await ref.deliver(0, bytes)).toMatchObject({ kind: 'uploaded', commit: 'newer' });
    expect(await slow).toEqual({ kind: 'already-there', commit: 'newer' });
    expect(await ref.stored()).toBe('newer');
  });

  it('brings the newest commit where ten deliveries race', async () => {
    const ref = new MovingRef('0');
    const deliveries = Array.from({ length: 10 }, async (_, n) => {
      await delay(n * 5);
      ref.commit = `${n + 1}`;
      return ref.deliver(Math.random() * 60);
    });

    await Promise.all(deliveries);

    expect(await ref.stored()).toBe('10');
  });

  it('leaves the last object of a ref that is gone, and makes a new one after it was deleted', async () => {
    const ref = new MovingRef('one');
    await ref.deliver();
    ref.commit = undefined;

    expect(await ref.deliver()).toEqual({ kind: 'ref-missing' });
    expect(await ref.stored()).toBe('one');

    ref.commit = 'one';
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: ref.key }));
    expect(await ref.deliver()).toMatchObject({ kind: 'uploaded', commit: 'one' });
  });

  it('uploads again where the object is deleted meanwhile', async () => {
    const ref = new MovingRef('one');
    await ref.deliver();
    ref.commit = 'two';
    const slow = ref.deliver(200);
    await delay(50);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: ref.key }));

    expect(await slow).toMatchObject({ kind: 'uploaded', commit: 'two' });
    expect(await ref.stored()).toBe('two');
  });
});
