import { randomBytes, randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { deliverPush } from '@gitsource/lanes';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CacheIndex, parseCacheIndex } from '../../../packages/lanes/src/object-cache/cache-index.ts';
import { MIN_CACHED_BYTES } from '../../../packages/lanes/src/object-cache/plan-update.ts';
import { CACHE, JobFixture, SOURCES } from '../../../packages/lanes/test/job-fixture.ts';
import { readConfig } from './config.ts';
import { gitWay } from './git-way.ts';

let fixture: JobFixture;
let s3: S3Client;
let app: LocalRepository;
let repositories = 0;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  s3 = fixture.s3;
  fixture.git.allowUser('ada', 'password');
  const { caCertificate } = fixture.git.https;
  fixture.secrets.set(
    'good',
    JSON.stringify({ host: '127.0.0.1', username: 'ada', password: 'password', caCertificate }),
  );
});

afterAll(() => fixture.close());

beforeEach(async () => {
  fixture.lines.length = 0;
  app = await fixture.git.createRepository(`team/app${repositories++}`);
  await commit({ 'large.bin': large(), 'a.txt': 'one' });
});

const large = () => new Uint8Array(randomBytes(MIN_CACHED_BYTES));

const commit = (files: Parameters<typeof commitFiles>[2]['files'], branch = 'main') =>
  commitFiles(app.folder, branch, { message: 'm', files });

async function deliver(over: Record<string, string> = {}, ports = fixture.pushPorts) {
  fixture.lines.length = 0;
  const config = readConfig({
    PUSH_REPOSITORY_PATH: app.name,
    PUSH_GIT_URL: app.httpsUrl,
    PUSH_REF: 'refs/heads/main',
    PUSH_DELIVERY_ID: 'd-1',
    OUTPUT_BUCKET: SOURCES,
    CONNECTION_SECRET: 'good',
    CACHE_BUCKET: CACHE,
    ...over,
  });
  if (config.kind !== 'push') throw new Error('not a push');
  const { cacheBucket: bucket = CACHE } = config.settings;
  const cacheBucket = { s3: ports.s3, bucket, randomName: randomUUID };
  const fetchMethod = over.FETCH_METHOD === 'clone' ? 'clone' : config.settings.fetchMethod;
  return deliverPush({ ...ports, cacheBucket }, { ...config.settings, fetchMethod }, config.push);
}

const log = () => fixture.lines.join('\n');
const source = (folder = 'main') => fixture.source(`${app.name}/${folder}/${app.name.replace('/', '_')}.zip`);
const prefix = (form = 'tree') => `${new URL(app.httpsUrl).host}/${app.name}/${form}`;

async function readIndex(form?: string): Promise<CacheIndex> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: CACHE, Key: `${prefix(form)}/index.json` }));
  const index = parseCacheIndex((await Body?.transformToString()) ?? '');
  if (index === undefined) throw new Error('no index');
  return index;
}

async function listNames(form?: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: CACHE, Prefix: `${prefix(form)}/` }));
  return Contents.map(({ Key = '' }) => Key.slice(prefix(form).length + 1)).sort();
}

/** Every pack that the index names is there, and nothing else. */
async function expectTidy(form?: string): Promise<CacheIndex> {
  const index = await readIndex(form);
  expect(await listNames(form)).toEqual([...index.packs.map(({ name }) => name), 'index.json'].sort());
  return index;
}

const put = (name: string, Body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket: CACHE, Key: `${prefix()}/${name}`, Body }));

describe('S3ObjectCache', () => {
  it.each([
    ['tree', {}],
    ['tree', { FETCH_METHOD: 'clone' }],
    ['clone', { EXCLUDE_GIT: 'false' }],
  ])('lets the second push download the difference only (%s, %j)', async (form, over: Record<string, string>) => {
    await deliver(over);
    expect(log()).toMatch(/Uploaded[\s\S]*Kept 2\.\d MiB in the cache \(replace\)/);
    await commit({ 'a.txt': 'two' });

    expect(await deliver(over)).toBe('uploaded');

    expect(log()).toMatch(/Using the cache: 1 packs, 2\.\d MiB[\s\S]*Kept \d+ bytes in the cache \(add\)/);
    expect((await source()).files['a.txt']).toBe('two');
    expect((await expectTidy(form)).packs).toHaveLength(2);
  });

  it('is the same one for the pack and for git', async () => {
    for (const [text, over] of Object.entries({ two: {}, three: { FETCH_METHOD: 'clone' }, four: {}, five: {} })) {
      await commit({ 'a.txt': text });
      expect(await deliver(over)).toBe('uploaded');
      expect(log()).toContain(text === 'two' ? '(replace)' : '(add)');
      expect(log()).not.toContain('not used');
      expect((await source()).files['a.txt']).toBe(text);
    }
    expect((await expectTidy()).packs).toHaveLength(4);
  });

  it('keeps nothing of a small repository', async () => {
    await commit({ 'large.bin': null }, 'main');
    expect(await deliver()).toBe('uploaded');
    expect(await listNames()).toEqual([]);
  });

  it('is written anew when it has grown, and the old packs go', async () => {
    await deliver();
    const [before] = (await readIndex()).packs;
    const newest = await commit({ 'large.bin': large() });

    await deliver();

    expect(log()).toContain('(rewrite)');
    const { packs, tips } = await expectTidy();
    expect(tips).toEqual([newest]);
    expect(packs).toEqual([{ name: expect.not.stringMatching(before?.name ?? ''), bytes: expect.any(Number) }]);
  });

  it('is right after a force push, and for a tag and a branch of one name', async () => {
    await deliver();
    await runGit(app.folder, ['branch', 'v1', 'main']);
    await commit({ 'a.txt': 'branch' }, 'v1');
    await runGit(app.folder, ['tag', 'v1', 'main']);
    await commit({ 'b.txt': 'rewritten' }, 'aside');
    await runGit(app.folder, ['update-ref', 'refs/heads/main', 'refs/heads/aside']);
    await runGit(app.folder, ['gc', '--prune=now', '--quiet']);

    await deliver();
    await deliver({ PUSH_REF: 'refs/heads/v1' });
    await deliver({ PUSH_REF: 'refs/tags/v1' });

    expect(log()).toContain('Using the cache');
    expect((await source()).files).toEqual({ 'b.txt': 'rewritten' });
    expect((await source('v1')).files['a.txt']).toBe('branch');
    expect((await source('tags/v1')).files['a.txt']).toBe('one');
    await expectTidy();
  });

  it('keeps nothing that was rewritten away where clones are made', async () => {
    const over = { EXCLUDE_GIT: 'false' };
    await commit({ 'secret.txt': 'hunter2' });
    await deliver(over);
    await runGit(app.folder, ['update-ref', 'refs/heads/main', 'main~1']);

    await deliver(over);

    expect(log()).toContain('(rewrite)');
    const newest = await runGit(app.folder, ['rev-parse', 'main']);
    expect((await expectTidy('clone')).tips).toEqual([newest]);
  });

  it('leaves the last zip of a ref that is gone', async () => {
    await deliver();
    await runGit(app.folder, ['update-ref', '-d', 'refs/heads/main']);

    expect(await deliver()).toBe('ref-missing');
    await expectTidy();
  });

  it('stays whole when pushes come at once', async () => {
    await deliver();
    for (const branch of ['b1', 'b2', 'b3']) {
      await runGit(app.folder, ['branch', branch, 'main']);
      await commit({ 'a.txt': branch }, branch);
    }

    const refs = ['b1', 'b2', 'b3'].map((branch) => deliver({ PUSH_REF: `refs/heads/${branch}` }));

    expect(await Promise.all(refs)).toEqual(['uploaded', 'uploaded', 'uploaded']);
    const { packs } = await expectTidy();
    expect(packs.length).toBeGreaterThan(1);
    await commit({ 'a.txt': 'last' });
    await deliver();
    expect(log()).not.toContain('not used');
    expect((await source()).files['a.txt']).toBe('last');
    expect((await source('b2')).files['a.txt']).toBe('b2');
  });

  it('takes its packs away where another build was first', async () => {
    await deliver();
    await runGit(app.folder, ['branch', 'other', 'main']);
    await commit({ 'a.txt': 'other' }, 'other');
    await commit({ 'a.txt': 'two' });
    const { pushPorts } = fixture;
    let isFirst = true;
    pushPorts.s3.middlewareStack.add(
      (next) => async (args) => {
        const key: unknown = Reflect.get(args.input, 'Key');
        const isIndex = typeof key === 'string' && key.endsWith('/index.json') && Reflect.has(args.input, 'Body');
        if (isIndex && isFirst) {
          isFirst = false;
          await deliver({ PUSH_REF: 'refs/heads/other' });
        }
        return next(args);
      },
      { step: 'initialize' },
    );

    expect(await deliver({}, pushPorts)).toBe('uploaded');

    expect(log()).toContain('Another build has updated the cache meanwhile');
    expect((await expectTidy()).tips).toContain(await runGit(app.folder, ['rev-parse', 'other']));
  });

  const zeroes = ({ packs }: CacheIndex) => put(packs[0]?.name ?? '', new Uint8Array(packs[0]?.bytes ?? 0));

  it.each<[string, (index: CacheIndex) => Promise<unknown>, RegExp, Record<string, string>?]>([
    ['has a corrupt pack', zeroes, /corrupt/],
    ['has a pack that is corrupt to git', zeroes, /cannot be read/, { FETCH_METHOD: 'clone' }],
    ['has a truncated pack', ({ packs }) => put(packs[0]?.name ?? '', 'PACK'), /not as long as the index says/],
    [
      'has lost a pack',
      ({ packs }) => s3.send(new DeleteObjectCommand({ Bucket: CACHE, Key: `${prefix()}/${packs[0]?.name}` })),
      /does not exist/,
    ],
    ['has no JSON for an index', () => put('index.json', '<html>'), /not one of this repository/],
    [
      'has the index of another repository',
      (index) => put('index.json', JSON.stringify({ ...index, repository: 'other' })),
      /not one of this repository/,
    ],
    [
      'names files elsewhere',
      (index) => put('index.json', JSON.stringify({ ...index, packs: [{ name: '../../x.pack', bytes: 1 }] })),
      /not one of this repository/,
    ],
    [
      'names commits that it does not have',
      (index) => put('index.json', JSON.stringify({ ...index, tips: ['ab'.repeat(20)] })),
      /objects are missing/,
    ],
    ['is huge', () => put('index.json', ' '.repeat(5 * 1024 * 1024)), /too large/],
  ])('is dropped when it %s, and made anew', async (_, spoil, reason, over = {}) => {
    await deliver();
    await spoil(await readIndex());
    await commit({ 'a.txt': 'two' });

    expect(await deliver(over)).toBe('uploaded');

    expect(fixture.lines.find((line) => line.includes('The cache is not used'))).toMatch(reason);
    expect(log()).toContain('(replace)');
    expect((await source()).files['a.txt']).toBe('two');
    await commit({ 'a.txt': 'three' });
    await deliver();
    expect(log()).toContain('(add)');
  });

  it('never fails a push by its bucket', async () => {
    expect(await deliver({ CACHE_BUCKET: 'no-such-bucket' })).toBe('uploaded');
    expect(log()).toMatch(/The cache is not used: [\s\S]*The cache is not updated: /);
  });

  it('holds no credential', async () => {
    await deliver({ EXCLUDE_GIT: 'false' });
    for (const name of await listNames('clone')) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: CACHE, Key: `${prefix('clone')}/${name}` }));
      expect(Buffer.from((await Body?.transformToByteArray()) ?? []).toString('latin1')).not.toContain('password');
    }
  });
});
