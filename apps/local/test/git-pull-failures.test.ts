import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadObjectCommand, ListObjectsV2Command, PutBucketPolicyCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Fault, type GitServer, runGit, startGitServer } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { commitManyFiles } from './commit-many-files.ts';
import { eventually } from './eventually.ts';
import { PulledRepository, ZEROS } from './pulled-repository.ts';
import { readZip } from './read-zip.ts';
import { type Rehearsal, startEmptyAccount } from './rehearsal.ts';
import { deployGitPull, type SourceStack } from './source-stack.ts';

/** Enough that a cut is one in the middle, and that the objects are kept for the next push. */
const LARGE_BYTES = 3_000_000;

/**
 * Git servers and how each misbehaves when a test says so; of `stranger`, that it knows no key of the stack, of `unlisted`, that the
 * stack knows no key of it.
 */
const FAULTS = {
  well: undefined,
  refusing: { kind: 'refuse' },
  breaking: { kind: 'truncate', afterBytes: 20_000 },
  passing: undefined,
  silent: { kind: 'hang' },
  stranger: undefined,
  unlisted: undefined,
} as const satisfies Record<string, Fault | undefined>;

type ServerName = keyof typeof FAULTS;

const servers = new Map<string, GitServer>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-pull-failures-'));
  for (const name of Object.keys(FAULTS)) servers.set(name, await startGitServer({ folder: join(folder, name) }));
});

afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await rm(folder, { recursive: true, force: true });
});

const serverOf = (name: ServerName): GitServer => {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`no server ${name}`);
  return server;
};

interface FailureCase {
  readonly name: string;
  readonly server: ServerName;
  readonly code: string;
  readonly reason: RegExp;
  readonly isRetried: boolean;
}

const FAILURES: readonly FailureCase[] = [
  {
    name: 'closes every connection',
    server: 'refusing',
    code: 'git/host-unreachable',
    reason: /The Git server 127\.0\.0\.1 cannot be reached/,
    isRetried: true,
  },
  {
    name: 'breaks off in the middle of the objects',
    server: 'breaking',
    code: 'git/connection-lost',
    reason: /broke before everything of ssh:.*team\/breaking-\w+\.git arrived/,
    isRetried: true,
  },
  {
    name: 'does not know the key',
    server: 'stranger',
    code: 'git/authentication-failed',
    reason: /a deploy key, for example/,
    isRetried: false,
  },
  {
    name: 'has a host key that nobody told',
    server: 'unlisted',
    code: 'git/host-key-unknown',
    reason: /ssh-keyscan/,
    isRetried: false,
  },
];

// Each lane alone: what one does when the other is there as well is in git-pull-lanes.test.ts.
describe.each(['FUNCTION', 'BUILD'] as const)('with Lanes %s', (Lanes) => {
  let rehearsal: Rehearsal;
  let sources: SourceStack;

  beforeAll(async () => {
    rehearsal = await startEmptyAccount();
    const known = [...servers].filter(([name]) => name !== 'unlisted').map(([, { ssh }]) => ssh.knownHosts.trim());
    sources = await deployGitPull(rehearsal, 'sources', { Lanes, KnownHosts: known.join(',') });
    for (const [name, server] of servers) {
      if (name !== 'stranger') server.allowKey(sources.stack.outputs.PublicSSHKey ?? '');
      server.setFault(undefined);
    }
  }, 120_000);

  afterAll(async () => {
    sources?.close();
    await rehearsal?.close();
  });

  /** A repository of its own for each test, as they run at the same time. */
  async function createRepository(name: string, server: ServerName = 'well'): Promise<PulledRepository> {
    const repository = await serverOf(server).createRepository(`team/${name}-${Lanes.toLowerCase()}`);
    return new PulledRepository(rehearsal, sources, repository);
  }

  /** As somebody may who manages the bucket. */
  async function forbid(Bucket: string, Action: string): Promise<void> {
    const Statement = [{ Effect: 'Deny', Principal: '*', Action, Resource: `arn:aws:s3:::${Bucket}/*` }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await rehearsal.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  }

  describe.concurrent('git pull from a server that', () => {
    it.for(FAILURES)('$name keeps the last zip and says why', { timeout: 120_000 }, async (failure, { expect }) => {
      const { server, code, reason, isRetried } = failure;
      const repository = await createRepository(server, server);
      const kept: string[] = [];
      if (isRetried) {
        kept.push(await repository.commit({ a: 'kept\n' }));
        await repository.push(kept[0] ?? '');
        await repository.waitForCommit(kept[0] ?? '');
      }
      serverOf(server).setFault(FAULTS[server]);

      expect(await repository.push(await repository.commit({ 'large.bin': randomBytes(LARGE_BYTES) }))).toBe(202);

      expect(await repository.waitForDeadLetter()).toMatchObject({ code, reason: expect.stringMatching(reason) });
      const lines = await repository.lines();
      expect(lines.filter((line) => line.includes(`in 3 s: [${code}]`))).toHaveLength(isRetried ? 1 : 0);
      expect(lines.filter((line) => line.includes(`in 15 s: [${code}]`))).toHaveLength(isRetried ? 1 : 0);
      expect(await sources.commitsOf(repository.key())).toEqual(kept);
    });

    it('breaks off once brings the commit at the next attempt', { timeout: 90_000 }, async () => {
      const repository = await createRepository('passing', 'passing');
      const commit = await repository.commit({ 'large.bin': randomBytes(LARGE_BYTES) });
      serverOf('passing').setFault({ kind: 'truncate', afterBytes: 20_000 });

      await repository.push(commit);
      while (!(await repository.lines()).some((line) => line.includes('Trying again'))) await delay(50);
      serverOf('passing').setFault(undefined);

      await repository.waitForCommit(commit);
    });

    // Git's own limit of two minutes without a sign of life is tried where it can be set: packages/git.
    // Nobody stops a function: how it gives up a silent server is tried where its limit can be set, too: packages/lanes.
    it.runIf(Lanes === 'BUILD')(
      'falls silent keeps the last zip where the build is stopped',
      { timeout: 90_000 },
      async ({ expect }) => {
        const repository = await createRepository('silent', 'silent');
        const kept = await repository.commit({ a: 'kept\n' });
        await repository.push(kept);
        await repository.waitForCommit(kept);
        serverOf('silent').setFault(FAULTS.silent);
        await repository.push(await repository.commit({ b: 'b\n' }));
        while ((await repository.lines()).filter((line) => line.includes('Fetching')).length < 2) await delay(100);

        // As CodeBuild does at the project's time limit: the program cannot say why, but the build's status and alarm do.
        await repository.stopBuild();

        const statuses = async () => (await repository.builds()).map(({ buildStatus }) => buildStatus);
        while ((await statuses()).includes('IN_PROGRESS')) await delay(100);
        expect(await statuses()).toEqual(['STOPPED', 'SUCCEEDED']);
        expect(await sources.commitsOf(repository.key())).toEqual([kept]);
      },
    );

    it('has no such repository gives up at once', { timeout: 90_000 }, async ({ expect }) => {
      const repository = await createRepository('unknown');
      await rm(repository.folder, { recursive: true });

      await repository.push('a'.repeat(40));

      const reason = expect.stringMatching(/no repository at ssh:.*the credentials may read it/);
      expect(await repository.waitForDeadLetter()).toMatchObject({ code: 'git/repository-not-found', reason });
      expect(await sources.commitsOf(repository.key())).toEqual([]);
    });

    it('gives more than 65,535 files', { timeout: 120_000 }, async ({ expect }) => {
      const repository = await createRepository('many');
      const COUNT = 66_000;
      const commit = await commitManyFiles(repository.folder, COUNT);

      await repository.push(commit);

      await repository.waitForCommit(commit);
      const zip = Buffer.from(await sources.read(repository.key()));
      expect((await fromBufferPromise(zip)).entryCount).toBe(COUNT);
      const file = join(folder, 'many.zip');
      await writeFile(file, zip);
      execFileSync('unzip', ['-tqq', file]);
    });
  });

  describe.concurrent('git pull of pushes that', () => {
    it('delete the branch leave its last zip, and a line in the log', { timeout: 90_000 }, async ({ expect }) => {
      const repository = await createRepository('deleted');
      const last = await repository.commit({ a: 'last\n' });
      await repository.push(last);
      await repository.waitForCommit(last);
      await runGit(repository.folder, ['update-ref', '-d', 'refs/heads/main']);

      await repository.push(ZEROS);
      // A push that was told after the branch had gone.
      await repository.push('a'.repeat(40));

      while (!(await repository.lines()).some((line) => line.includes('is gone; the last zip stays'))) await delay(100);
      await eventually(async () => {
        const received = (await sources.logOf('ReceiverLogGroup')).filter((line) => line.includes(repository.path));
        expect(received.filter((line) => line.includes('"deletedRefs":["refs/heads/main"]'))).toHaveLength(1);
      }, 10_000);
      expect(await sources.commitsOf(repository.key())).toEqual([last]);
    });

    it('rewrite history, after which the server collects garbage', { timeout: 90_000 }, async ({ expect }) => {
      const repository = await createRepository('rewritten');
      const first = await repository.commit({ 'large.bin': randomBytes(LARGE_BYTES) });
      await repository.push(first);
      await repository.waitForCommit(first);
      const rewritten = await repository.commit({ a: 'rewritten\n' }, 'aside');
      await runGit(repository.folder, ['update-ref', 'refs/heads/main', rewritten]);
      await runGit(repository.folder, ['branch', '-D', 'aside']);
      await runGit(repository.folder, ['gc', '--prune=now', '--quiet']);

      await repository.push(rewritten);

      await repository.waitForCommit(rewritten);
      expect([...(await readZip(await sources.read(repository.key()))).keys()]).toEqual(['a']);
    });

    it('come at once, out of order and for many branches', { timeout: 120_000 }, async ({ expect }) => {
      const repository = await createRepository('at-once');
      const base = await repository.commit({ 'large.bin': randomBytes(LARGE_BYTES) });
      await repository.push(base);
      await repository.waitForCommit(base);
      for (const branch of ['b1', 'b2']) await runGit(repository.folder, ['branch', branch, 'main']);
      const older = await repository.commit({ a: 'older\n' });
      const newest = await repository.commit({ a: 'newest\n' });
      const others = [await repository.commit({ a: 'b1\n' }, 'b1'), await repository.commit({ a: 'b2\n' }, 'b2')];

      await Promise.all([
        repository.push(newest),
        repository.push(older),
        ...others.map((commit, index) => repository.push(commit, `refs/heads/b${index + 1}`)),
      ]);

      await repository.waitForCommit(newest);
      for (const [index, commit] of others.entries()) await repository.waitForCommit(commit, `b${index + 1}`);
      expect(await repository.content('a', 'b2')).toBe('b2\n');
      const next = await repository.commit({ a: 'next\n' });
      await repository.push(next);
      await repository.waitForCommit(next);
      expect(await sources.commitsOf(repository.key())).toEqual([next, newest, base]);
      expect((await repository.lines()).filter((line) => line.includes('is not used'))).toEqual([]);
    });
  });

  /** After those that need the cache. */
  describe('git pull whose cache', () => {
    let repository: PulledRepository;

    beforeAll(async () => {
      repository = await createRepository('cached');
      const first = await repository.commit({ 'large.bin': randomBytes(LARGE_BYTES), a: 'one\n' });
      await repository.push(first);
      await repository.waitForCommit(first);
      // The index is the last that a build writes.
      while (!(await cachedKeys()).some((key) => key.endsWith('/index.json'))) await delay(100);
    }, 60_000);

    const cacheBucket = () => sources.stack.outputs.CacheBucketName ?? '';

    const cachedKeys = async (): Promise<string[]> => {
      const Bucket = cacheBucket();
      const { Contents = [] } = await rehearsal.clients.s3.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key).filter((key) => key.includes(repository.path));
    };

    async function pushAnother(content: string): Promise<void> {
      const commit = await repository.commit({ a: content });
      await repository.push(commit);
      await repository.waitForCommit(commit);
      const zip = await readZip(await sources.read(repository.key()));
      expect([...zip.keys()]).toEqual(['a', 'large.bin']);
      expect(zip.get('a')?.content).toBe(content);
    }

    it('is damaged fetches everything again', async () => {
      const Bucket = cacheBucket();
      const [Key = ''] = (await cachedKeys()).filter((key) => key.endsWith('.pack'));
      const { s3 } = rehearsal.clients;
      const { ContentLength = 0 } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: new Uint8Array(ContentLength) }));

      await pushAnother('after the damage\n');

      await eventually(async () => {
        const log = (await repository.lines()).join('\n');
        expect(log).toContain('The cache is not used: The pack is corrupt');
      }, 10_000);
    }, 60_000);

    it('may not be read or written fetches everything again', async () => {
      await forbid(cacheBucket(), 's3:*');

      await pushAnother('after the ban\n');

      const log = async () => (await repository.lines()).join('\n');
      expect(await log()).toMatch(/The cache is not used: .*not authorized to perform: s3:GetObject/);
      while (!(await log()).includes('The cache is not updated')) await delay(100);
    }, 60_000);
  });

  describe('after all of these', () => {
    it('no half upload is left, and nothing secret stands in a log or a dead letter', async () => {
      expect(await sources.unfinishedUploads()).toEqual([]);
      const letters = (await sources.deadLetters()).map(({ text }) => text);
      const groups = ['FetchLogGroup', 'GitPullLogGroup', 'ReceiverLogGroup'] as const;
      const logs = await Promise.all(groups.map((group) => sources.logOf(group)));
      for (const text of [...letters, ...logs.flat()]) expect(text).not.toMatch(/PRIVATE KEY|a-webhook-secret/);
    });
  });

  describe('git pull whose', () => {
    it.each<[name: string, code: string, arrange: () => Promise<unknown>]>([
      ['bucket takes no object', 'artifact/upload-denied', () => forbid(sources.bucket, 's3:PutObject')],
      ['bucket is gone', 'artifact/bucket-missing', () => sources.removeBucket()],
      ['key is gone', 'runtime/secret-missing', () => sources.removeKey()],
    ])(
      '%s says so: %s',
      async (name, code, arrange) => {
        const repository = await createRepository(name.replaceAll(' ', '-'));
        const commit = await repository.commit({ a: 'a\n' });
        await arrange();

        await repository.push(commit);

        expect(await repository.waitForDeadLetter()).toMatchObject({ code });
      },
      60_000,
    );
  });
});
