import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { TreeEntry } from '@gitsource/events';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pieces, whole } from '../test/bytes.ts';
import { type MadeEntry, makeZip } from '../test/make-zip.ts';
import { readBack } from '../test/read-back.ts';
import { ArtifactError } from './errors.ts';
import { reRootArchive } from './re-root-archive.ts';
import { uploadArtifact } from './upload.ts';
import { writeZip } from './write-zip.ts';

const MEBIBYTE = 1024 * 1024;
const NOISE = randomBytes(MEBIBYTE);
const LONG_NOISE = Buffer.concat([NOISE, NOISE, NOISE, NOISE]);

/** An archive that is made while it is read: files of 1 MiB, and every tenth one of 10 MiB. */
async function* longTree(mebibytes: number): AsyncGenerator<TreeEntry> {
  for (let made = 0, n = 0; made < mebibytes; n++) {
    const times = n % 10 === 9 ? 10 : 1;
    made += times;
    yield {
      path: `folder/${n}`,
      kind: 'file',
      size: times * MEBIBYTE,
      async *content() {
        for (let time = 0; time < times; time++) yield NOISE;
      },
    };
  }
}

const longArchive = (mebibytes: number) => writeZip(longTree(mebibytes), { level: 0 });

describe('reRootArchive as a stream', () => {
  it('takes no more than its reader takes', async () => {
    let taken = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of longArchive(60)) {
        taken += chunk.length;
        yield chunk;
      }
    }
    let given = 0;
    let furthest = 0;
    for await (const chunk of reRootArchive(counted(), { topFolder: 'strip' })) {
      given += chunk.length;
      await delay(1);
      furthest = Math.max(furthest, taken - given);
    }

    expect(given).toBeGreaterThan(60 * MEBIBYTE);
    // One held content, one incoming chunk, one outgoing chunk.
    expect(furthest).toBeLessThan(4 * MEBIBYTE);
  });

  it('keeps its memory for 300 MB', { timeout: 120_000 }, async () => {
    const used = () => {
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
      return { bytes: heapUsed + arrayBuffers, rss };
    };
    await whole(reRootArchive(longArchive(20), { topFolder: 'strip' }));
    const before = used();
    let highest = before.bytes;
    let highestRss = before.rss;
    for await (const _chunk of reRootArchive(longArchive(300), { topFolder: 'strip' })) {
      const now = used();
      highest = Math.max(highest, now.bytes);
      highestRss = Math.max(highestRss, now.rss);
    }

    // What is free but not yet collected counts too, the maker's and this reader's included.
    expect((highest - before.bytes) / MEBIBYTE).toBeLessThan(100);
    expect((highestRss - before.rss) / MEBIBYTE).toBeLessThan(150);
  });

  it('throws what the archive throws, unchanged, and gives no end', async () => {
    const broken = new Error('connection reset');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield makeZip([{ name: 'top/a', content: 'x' }]);
      throw broken;
    }
    const given: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of reRootArchive(failing(), { topFolder: 'strip' })) given.push(chunk);
    })();

    await expect(reading).rejects.toBe(broken);
    expect(given).toEqual([]);
  });

  it.each([
    ['a reader that leaves', 'top/a'],
    ['a refused archive', '../a'],
  ])('lets go of the archive after %s', async (why, name) => {
    const start = makeZip([{ name, content: LONG_NOISE }]).subarray(0, MEBIBYTE);
    let isReleased = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield start;
        for (;;) yield NOISE;
      } finally {
        isReleased = true;
      }
    }
    const reading = async () => {
      for await (const _chunk of reRootArchive(endless(), { topFolder: 'strip' })) break;
    };
    if (why === 'a refused archive') await expect(reading()).rejects.toThrow(ArtifactError);
    else await reading();

    expect(isReleased).toBe(true);
  });

  it("throws the caller's refusal before the last bytes", async () => {
    const refusal = new Error('not the wanted tree');
    const onChecked = () => {
      throw refusal;
    };
    const given: Uint8Array[] = [];
    const reading = (async () => {
      const archive = pieces(makeZip([{ name: 'top/a', content: 'x' }]));
      for await (const chunk of reRootArchive(archive, { topFolder: 'strip', onChecked })) given.push(chunk);
    })();

    await expect(reading).rejects.toBe(refusal);
    expect(Buffer.concat(given).includes('PK\x05\x06')).toBe(false);
  });
});

describe('reRootArchive into S3', () => {
  const REGION = 'eu-central-1';
  const BUCKET = 'sources';
  let folder: string;
  let aws: LocalAws;
  let s3: S3Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 're-root-s3-'));
    aws = await startLocalAws({ dataFolder: folder, region: REGION });
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpointUrl);
    s3 = new S3Client({ region: REGION, credentials: aws.credentials });
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    s3?.destroy();
    await aws?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const upload = (key: string, archive: AsyncIterable<Uint8Array>) => {
    const body = reRootArchive(archive, { topFolder: 'strip' });
    return uploadArtifact({ region: REGION, credentials: aws.credentials, bucket: BUCKET, key, body });
  };

  it.each([
    ['small', 2],
    ['of many parts', 40],
  ])('leaves neither object nor part of a %s archive that breaks off', async (name, mebibytes) => {
    const archive = await whole(longArchive(mebibytes));

    for (const cut of [archive.length - 1, Math.floor(archive.length * 0.9), 100]) {
      await expect(upload(`broken/${name}`, pieces(archive.subarray(0, cut), 65_536))).rejects.toMatchObject({
        code: 'artifact/archive-truncated',
        fault: 'unavailable',
      });
    }

    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: 'broken/' }));
    expect([Uploads ?? [], Versions ?? []]).toEqual([[], []]);
  });

  it('stores a whole one', async () => {
    const archive = await whole(longArchive(20));

    await upload('whole', pieces(archive, 65_536));

    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'whole' }));
    const found = await readBack(Buffer.from((await Body?.transformToByteArray()) ?? []));
    expect([...found.keys()]).toEqual(Array.from({ length: 11 }, (_, n) => `${n}`));
    expect(found.get('9')?.content.length).toBe(10 * MEBIBYTE);
  });
});

describe('reRootArchive of any bytes', () => {
  const SEEDS: Buffer[] = [
    makeZip(
      [
        { name: 'top/', mode: 0o040755 },
        { name: 'top/run', content: 'echo '.repeat(20), deflate: true, mode: 0o100755 },
        { name: 'top/to', content: 'run', mode: 0o120777 },
        { name: 'top/späte', content: 'abc'.repeat(30), deflate: true, descriptor: 'signed' },
        { name: 'top/s', content: 'abc', descriptor: 'signed' },
        { name: 'top/e', descriptor: 'plain64' },
      ] satisfies MadeEntry[],
      { comment: 'c'.repeat(40) },
    ),
    makeZip([{ name: 'top/a', content: NOISE.subarray(0, 300) }, { name: 'top/b/c' }]),
  ];

  const seeds: Buffer[] = [...SEEDS];
  beforeAll(async () => {
    const entries = [...SEEDS.keys()].map((n): TreeEntry => {
      const content = Buffer.from(`content ${n} `.repeat(200_000 * n));
      return {
        path: `top/${n}`,
        kind: 'file',
        size: content.length,
        async *content() {
          yield content;
        },
      };
    });
    async function* tree() {
      yield* entries;
    }
    seeds.push(await whole(writeZip(tree(), { zip64Limits: { bytes: 10, entries: 1 } })));
  });

  /** A valid artifact, or a coded error. */
  async function outcome(archive: Uint8Array, topFolder: 'strip' | 'none'): Promise<'valid' | 'refused'> {
    let zip: Buffer;
    try {
      zip = await whole(reRootArchive(pieces(archive, 777), { topFolder }));
    } catch (error) {
      if (error instanceof ArtifactError) return 'refused';
      throw error;
    }
    await readBack(zip);
    return 'valid';
  }

  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 60 }) }),
    fc.record({
      kind: fc.constant('copy' as const),
      at: fc.nat(),
      from: fc.nat(),
      length: fc.integer({ min: 1, max: 90 }),
    }),
    fc.record({
      kind: fc.constant('insert' as const),
      at: fc.nat(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }),
    }),
    fc.record({ kind: fc.constant('fill' as const), at: fc.nat(), value: fc.constantFrom(0, 0xff), length: fc.nat(8) }),
  );
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  function changed(archive: Buffer, step: Change): Buffer {
    const at = step.at % (archive.length + 1);
    const [before, after] = [archive.subarray(0, at), archive.subarray(at)];
    switch (step.kind) {
      case 'set':
        return Buffer.concat([before, Buffer.from([step.value]), after.subarray(1)]);
      case 'cut':
        return Buffer.concat([before, after.subarray(step.length)]);
      case 'copy': {
        const from = step.from % (archive.length + 1);
        return Buffer.concat([before, archive.subarray(from, from + step.length), after]);
      }
      case 'insert':
        return Buffer.concat([before, step.bytes, after]);
      case 'fill':
        return Buffer.concat([before, Buffer.alloc(step.length, step.value), after.subarray(step.length)]);
    }
  }

  it('makes a valid zip of the unchanged ones', async () => {
    for (const seed of seeds) expect(await outcome(seed, 'strip')).toBe('valid');
  });

  it('gives a valid zip or a coded error for any change', { timeout: 120_000 }, async () => {
    const steps = fc.array(change, { minLength: 1, maxLength: 3 });
    const counts = { valid: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(seeds.length - 1), steps, fc.constantFrom('strip', 'none'), async (n, list, top) => {
        const archive = list.reduce(changed, seeds[n] ?? Buffer.alloc(0));
        counts[await outcome(archive, top)] += 1;
      }),
      { numRuns: 3_000 },
    );

    // Dates, versions and the comment may change freely; nearly all else may not.
    expect(counts.valid).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(counts.valid);
  });

  it('gives a coded error for bytes that are no archive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, isMarked) => {
        const archive = isMarked ? Buffer.concat([Buffer.from('PK\x03\x04'), bytes]) : bytes;
        expect(await outcome(archive, 'none')).toBe('refused');
      }),
    );
  });
});
