import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { deliver, readFixture } from '../../../packages/providers/src/test/fixture.ts';
import { type ApiFault, type ApiServer, createApiServer } from '../../../packages/providers/test/api-servers/index.ts';
import { deployStack } from '../src/deploy-stack.ts';
import { CODE_PREFIX, uploadZips } from '../src/upload-zips.ts';
import { commitManyFiles } from './commit-many-files.ts';
import { eventually } from './eventually.ts';
import { readZip } from './read-zip.ts';
import { PROJECT_FOLDER, type Rehearsal, startEmptyAccount } from './rehearsal.ts';
import { type DeadLetter, SourceStack } from './source-stack.ts';

const HOST = 'gitlab.example.com';
const SECRET = 'a-webhook-secret';
const ZEROS = '0'.repeat(40);
const ALWAYS = 1000;
/** Of Lambda, for an event: the first and two more. */
const ATTEMPTS = 3;
/** Half of it is more than one part of an upload. */
const LARGE_BYTES = 20_000_000;
const TOKEN = 'a-token-that-reads';

/** Folders of the server's repositories, by their paths. */
const repositories: Record<string, string> = {};
let folder: string;
let rehearsal: Rehearsal;
let server: ApiServer;
let sources: SourceStack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-download-failures-'));
  const certificates = await createCertificates();
  server = await createApiServer({ provider: 'gitlab', repositories, certificates, token: TOKEN });
  rehearsal = await startEmptyAccount();
  const { aws, clients } = rehearsal;
  const CodeBucket = `gitsource-code-${aws.accountId}-${aws.region}`;
  await uploadZips(clients.s3, CodeBucket, join(PROJECT_FOLDER, 'apps'));
  const stack = await deployStack(clients.cloudFormation, {
    name: 'sources',
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'git-to-s3.yaml'),
    parameters: {
      CodeBucket,
      CodePrefix: CODE_PREFIX,
      Provider: 'gitlab',
      Host: HOST,
      ApiUrl: server.connection.apiUrl,
      CaCertificate: server.connection.caCertificate.trim(),
      GitToken: TOKEN,
      ApiSecret: SECRET,
      AllowedRepositories: 'team/*',
    },
  });
  sources = new SourceStack(rehearsal, stack);
}, 120_000);

afterAll(async () => {
  sources?.close();
  await rehearsal?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A repository of its own for each test, as they run at the same time. */
class Repository {
  readonly path: string;
  readonly folder: string;

  constructor(name: string) {
    this.path = `team/${name}`;
    this.folder = join(folder, `${name}.git`);
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.folder]);
    repositories[this.path] = this.folder;
  }

  key(place = 'main'): string {
    return `${this.path}/${place}/${this.path.replace('/', '_')}.zip`;
  }

  commit(files: Parameters<typeof commitFiles>[2]['files'], ref = 'main'): Promise<string> {
    return commitFiles(this.folder, ref, { message: 'A change\n', files });
  }

  /** Tells of a push; returns the answer's status. */
  async push(after: string, ref = 'refs/heads/main'): Promise<number> {
    return push(this.path, after, ref);
  }

  fail(fault: ApiFault): void {
    server.fail({ ...fault, url: new RegExp(encodeURIComponent(this.path)) });
  }

  /** Archives that were asked for. */
  get downloads(): number {
    const url = `/projects/${encodeURIComponent(this.path)}/repository/archive.zip`;
    return server.requests.filter((request) => request.url.includes(url)).length;
  }

  async waitForCommit(commit: string, place = 'main'): Promise<void> {
    while ((await sources.commitsOf(this.key(place)))[0] !== commit) await delay(100);
  }

  async waitForOutcomes(count: number): Promise<string[]> {
    for (;;) {
      const found = await outcomesOf(this.path);
      if (found.length >= count) return found;
      await delay(100);
    }
  }
}

async function push(path: string, after: string, ref = 'refs/heads/main'): Promise<number> {
  const fixture = ref.startsWith('refs/tags/') ? 'tag-create' : 'branch-update';
  const sample: Partial<Record<string, object>> = Object(readFixture('gitlab', fixture)?.body);
  const project = {
    ...sample.project,
    path_with_namespace: path,
    web_url: `https://${HOST}/${path}`,
    git_http_url: `https://${HOST}/${path}.git`,
    git_ssh_url: `git@${HOST}:${path}.git`,
  };
  const commit = after === ZEROS ? null : after;
  const body = Buffer.from(JSON.stringify({ ...sample, project, ref, after, checkout_sha: commit, commits: [] }));
  const { headers } = await deliver('gitlab', fixture, SECRET, Date.now(), { body });
  const unique = { ...headers, 'idempotency-key': crypto.randomUUID() };
  const request = { method: 'POST', headers: unique, body: new Uint8Array(body) };
  return (await fetch(sources.stack.outputs.ZipDownloadWebHookApi ?? '', request)).status;
}

interface LogLine {
  readonly repository?: string;
  readonly outcome?: string;
  readonly error?: { readonly code?: string };
}

/** What the log says of each attempt for a repository: `uploaded`, `retry runtime/api-timeout`. */
async function outcomesOf(path: string): Promise<string[]> {
  const lines = (await sources.logOf('DownloadLogGroup')).filter((line) => line.startsWith('{'));
  const own = lines.map((line): LogLine => JSON.parse(line)).filter(({ repository }) => repository === path);
  return own.map(({ outcome, error }) => [outcome, error?.code].filter(Boolean).join(' '));
}

async function waitForDeadLetter(path: string): Promise<DeadLetter> {
  for (;;) {
    const found = (await sources.deadLetters()).find(({ repository }) => repository === path);
    if (found !== undefined) return found;
    await delay(100);
  }
}

const large = () => ({ 'large.bin': randomBytes(LARGE_BYTES) });

interface FailureCase {
  readonly name: string;
  readonly fault: ApiFault;
  readonly code: string;
  readonly reason: RegExp;
  readonly isRetried: boolean;
}

const FAILURES: readonly FailureCase[] = [
  {
    name: 'closes every connection',
    fault: { kind: 'reset' },
    code: 'runtime/api-unreachable',
    reason: /reached no server \(ECONNRESET\)/,
    isRetried: true,
  },
  {
    name: 'answers 503',
    fault: { kind: 'status', status: 503 },
    code: 'providers/unavailable',
    reason: /GitLab answered 503/,
    isRetried: true,
  },
  {
    name: 'asks for a long pause',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '3600' } },
    code: 'providers/rate-limited',
    reason: /Try again in 3600 s/,
    isRetried: true,
  },
  {
    name: 'breaks off every archive in the middle',
    fault: { on: 'archive', kind: 'truncate' },
    code: 'runtime/download-truncated',
    reason: /broke off before its end/,
    isRetried: true,
  },
  {
    name: 'damages every archive',
    fault: { on: 'archive', kind: 'corrupt' },
    code: 'artifact/archive-corrupt',
    reason: /The archive is damaged: .*large\.bin" has \d+ as checksum/,
    isRetried: true,
  },
  {
    name: 'answers HTML with 200',
    fault: { on: 'archive', kind: 'html' },
    code: 'providers/archive-not-zip',
    reason: /is no zip/,
    isRetried: false,
  },
  {
    name: 'refuses the token',
    fault: { kind: 'status', status: 403 },
    code: 'providers/unauthorized',
    reason: /Needed: .* scope read_api/,
    isRetried: false,
  },
];

describe.concurrent('zip download from a server that', () => {
  it.for(FAILURES)('$name keeps the last zip and says why', { timeout: 90_000 }, async (failure, { expect }) => {
    const { name, fault, code, reason, isRetried } = failure;
    const repository = new Repository(name.replaceAll(' ', '-').toLowerCase());
    const kept = await repository.commit({ a: 'kept\n' });
    await repository.push(kept);
    await repository.waitForCommit(kept);
    repository.fail({ ...fault, times: ALWAYS });

    expect(await repository.push(await repository.commit(large()))).toBe(202);

    const { text, ...letter } = await waitForDeadLetter(repository.path);
    expect(letter).toEqual({ repository: repository.path, code, reason: expect.stringMatching(reason) });
    expect(text).not.toContain('the-body-of-the-server');
    const ends = isRetried ? Array(ATTEMPTS).fill(`retry ${code}`) : [`dead-letter ${code}`];
    expect(await repository.waitForOutcomes(1 + ends.length)).toEqual(['uploaded', ...ends]);
    expect(await sources.commitsOf(repository.key())).toEqual([kept]);
  });

  it('breaks off one archive brings it at the next attempt', { timeout: 90_000 }, async ({ expect }) => {
    const repository = new Repository('once');
    repository.fail({ on: 'archive', kind: 'truncate' });
    const commit = await repository.commit(large());

    await repository.push(commit);

    await repository.waitForCommit(commit);
    expect(await repository.waitForOutcomes(2)).toEqual(['retry runtime/download-truncated', 'uploaded']);
    const zip = join(folder, 'once.zip');
    await writeFile(zip, await sources.read(repository.key()));
    execFileSync('unzip', ['-tqq', zip]);
  });

  it('has no such repository gives up at once', { timeout: 90_000 }, async ({ expect }) => {
    await push('team/unknown', 'a'.repeat(40));

    expect(await waitForDeadLetter('team/unknown')).toMatchObject({
      code: 'providers/repository-missing',
      reason: expect.stringMatching(/no repository team\/unknown.*scope read_api/),
    });
    expect(await sources.commitsOf('team/unknown/')).toEqual([]);
  });

  it('gives more than 65,535 entries', { timeout: 120_000 }, async ({ expect }) => {
    const repository = new Repository('many');
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

describe.concurrent('zip download of pushes that', () => {
  it('are of a branch and a tag of one name gives each its own zip', { timeout: 90_000 }, async ({ expect }) => {
    const repository = new Repository('one-name');
    const onBranch = await repository.commit({ a: 'branch\n' }, 'v1');
    const onTag = await repository.commit({ a: 'tag\n' }, 'refs/tags/v1');

    await Promise.all([repository.push(onBranch, 'refs/heads/v1'), repository.push(onTag, 'refs/tags/v1')]);

    for (const [place, commit, content] of [
      ['v1', onBranch, 'branch\n'],
      ['tags/v1', onTag, 'tag\n'],
    ] as const) {
      await repository.waitForCommit(commit, place);
      expect((await readZip(await sources.read(repository.key(place)))).get('a')?.content).toBe(content);
    }
  });

  it('delete the branch leave its last zip, and a line in the log', { timeout: 90_000 }, async ({ expect }) => {
    const repository = new Repository('deleted');
    const last = await repository.commit({ a: 'last\n' });
    await repository.push(last);
    await repository.waitForCommit(last);
    await runGit(repository.folder, ['update-ref', '-d', 'refs/heads/main']);

    await repository.push(ZEROS);
    // A push that was told after the branch had gone.
    await repository.push('a'.repeat(40));

    expect((await repository.waitForOutcomes(3)).toSorted()).toEqual(['deleted', 'ref-missing', 'uploaded']);
    expect(await sources.commitsOf(repository.key())).toEqual([last]);
  });

  it('are overtaken do not replace what overtook them', { timeout: 90_000 }, async ({ expect }) => {
    const repository = new Repository('overtaken');
    // The archive of the first is still on its way when the second is there.
    repository.fail({ on: 'archive', kind: 'pause', ms: 4000 });
    const older = await repository.commit(large());
    await repository.push(older);
    while (repository.downloads === 0) await delay(20);
    const newest = await repository.commit({ 'large.bin': null, a: 'newest\n' });

    await repository.push(newest);

    expect((await repository.waitForOutcomes(2)).toSorted()).toEqual(['already-there', 'uploaded']);
    expect(await sources.commitsOf(repository.key())).toEqual([newest]);
  });

  it('come at once and out of order end at the newest commit', { timeout: 90_000 }, async ({ expect }) => {
    const repository = new Repository('at-once');
    const commits: string[] = [];
    for (const n of [1, 2, 3]) commits.push(await repository.commit({ n: `${n}\n` }));
    const newest = commits[2] ?? '';

    await Promise.all(commits.toReversed().map((commit) => repository.push(commit)));

    const outcomes = await repository.waitForOutcomes(3);
    expect(outcomes.toSorted()).toEqual(['already-there', 'already-there', 'uploaded']);
    expect(await sources.commitsOf(repository.key())).toEqual([newest]);
  });
});

/** After those that need the function's own time. */
describe('zip download from a server that falls silent', () => {
  let lambda: LambdaClient;
  let functionName: string;

  beforeAll(async () => {
    const { aws, clients } = rehearsal;
    lambda = new LambdaClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
    const resource = new DescribeStackResourceCommand({ StackName: 'sources', LogicalResourceId: 'Download' });
    const { StackResourceDetail: found } = await clients.cloudFormation.send(resource);
    functionName = found?.PhysicalResourceId ?? '';
  });

  afterAll(() => lambda.destroy());

  /** The template's least is 60 seconds; of any, the last ten are kept for the end. */
  const allow = (seconds: number) =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: functionName, Timeout: seconds }));

  it.each([
    ['before its answer', 'silent'],
    ['in the middle of an archive', 'stall'],
  ] as const)(
    '%s ends in time, and says so',
    async (_, kind) => {
      const repository = new Repository(kind);
      const kept = await repository.commit({ a: 'kept\n' });
      await repository.push(kept);
      await repository.waitForCommit(kept);
      repository.fail({ ...(kind === 'stall' && { on: 'archive' }), kind, times: ALWAYS });
      await allow(12);

      await repository.push(await repository.commit(large()));

      const letter = await waitForDeadLetter(repository.path);
      expect(letter).toMatchObject({
        code: 'archive-download/timed-out',
        reason: expect.stringContaining('Raise its timeout'),
      });
      const retries = Array(ATTEMPTS).fill('retry archive-download/timed-out');
      // The letter may be there before the last line of the log.
      await eventually(async () => expect(await outcomesOf(repository.path)).toEqual(['uploaded', ...retries]), 10_000);
      expect(await sources.commitsOf(repository.key())).toEqual([kept]);
      await allow(900);
    },
    90_000,
  );
});

describe('after all of these', () => {
  it('no half upload is left, and nothing secret stands in a log or a dead letter', async () => {
    expect(await sources.unfinishedUploads()).toEqual([]);
    const letters = (await sources.deadLetters()).map(({ text }) => text);
    const logs = [await sources.logOf('DownloadLogGroup'), await sources.logOf('ReceiverLogGroup')];
    for (const text of [...letters, ...logs.flat()]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('the-body-of-the-server');
    }
  });
});
