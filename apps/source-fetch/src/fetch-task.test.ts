import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import { HandOver } from '@gitsource/lanes';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvocationFixture } from '../test/invocation-fixture.ts';
import type { Config } from './config.ts';
import { fetchTask } from './fetch-task.ts';

const PASSWORD = 's3cret pass-word';
const FUNCTION: Config = { region: 'us-east-1', memoryBytes: 2 ** 31 };
const BOTH: Config = { ...FUNCTION, buildProjectName: 'clone', laneNotesPath: '/gitsource/stack/lanes' };
const TASK = { kind: 'job', jobId: 'job-1' } as const;
const OVER = "the function's time is nearly over";
const BUILD = {
  projectName: 'clone',
  idempotencyToken: 'job-1',
  environmentVariablesOverride: [{ name: 'CODEPIPELINE_JOB_ID', value: 'job-1', type: 'PLAINTEXT' }],
};
/** More than two parts of an upload, and nothing that deflate makes smaller. */
const LARGE_BYTES = 24 * 1024 * 1024;

let fixture: InvocationFixture;
let repository: LocalRepository;
let newest: string;

beforeAll(async () => {
  fixture = await InvocationFixture.start();
  const { git, secrets } = fixture.jobs;
  git.allowUser('ada', PASSWORD);
  repository = await git.createRepository('team/app');
  newest = await commitFiles(repository.folder, 'main', { message: 'First ☃\n', files: { 'a.txt': 'one\n' } });
  const large = Array.from({ length: 24 }, (_, n) => [`${n}.bin`, randomBytes(LARGE_BYTES / 24)] as const);
  await commitFiles(repository.folder, 'large', { message: 'Large', files: Object.fromEntries(large) });
  const connection = { host: '127.0.0.1', username: 'ada', password: PASSWORD, caCertificate: git.https.caCertificate };
  secrets.set('good', JSON.stringify(connection));
  secrets.set('wrong', JSON.stringify({ ...connection, password: 'other' }));
}, 60_000);

afterAll(() => fixture.close());

beforeEach(() => {
  fixture.reset();
  fixture.jobs.configuration = { GitUrl: repository.httpsUrl, Branch: 'main', CredentialsSecret: 'good' };
});

const fetchJob = (config = BOTH) => fetchTask(fixture.ports, config, TASK);
const configure = (change: Readonly<Record<string, string>>) => Object.assign(fixture.jobs.configuration, change);
const timeIsOver = () => fixture.limits.abort(new HandOver(OVER));
const log = () => fixture.lines.join('\n');
const note = () => [...fixture.parameters.values()].map((text) => JSON.parse(text));

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

describe('fetchTask', () => {
  it('does a job from its ID to its result, and names its lane', async () => {
    expect(await fetchJob()).toBe('succeeded');

    expect(fixture.jobs.result).toMatchObject({
      currentRevision: { revision: newest, revisionSummary: 'First ☃' },
      executionDetails: { summary: expect.stringMatching(/^main at \w{40}, \d+ bytes by function in \d/) },
      outputVariables: { CommitId: newest, TreeId: await runGit(repository.folder, ['rev-parse', `${newest}^{tree}`]) },
    });
    expect(fixture.builds.size).toBe(0);
    expect(note()).toEqual([]);
    expect(fixture.metrics).toEqual([
      { name: 'Duration', unit: 'milliseconds', value: expect.any(Number) },
      { name: 'PackBytes', unit: 'bytes', value: expect.any(Number) },
      { name: 'ArtifactBytes', unit: 'bytes', value: (await fixture.jobs.artifact()).byteLength },
      { name: 'Succeeded', unit: 'count', value: 1 },
    ]);
    expect(log()).toMatch(
      /Read job job-1.*\n.*\n.*Fetching main.*by its pack.*\n.*Fetched.*\n.*Uploaded.*\nJob succeeded$/,
    );
    expect(log()).not.toContain(PASSWORD);
    expect(readdirSync(fixture.ports.workFolder)).toEqual([]);
  });

  it('does not hand a job over whose result may be there already', async () => {
    const { ports } = fixture;
    const { send } = ports.codePipeline;
    const lost = async (command: object) => {
      const answer: unknown = await send(command as Parameters<typeof send>[0]);
      if (!(command instanceof PutJobSuccessResultCommand)) return answer;
      timeIsOver();
      throw new Error('the answer was lost');
    };
    const codePipeline = { send: lost as typeof send };

    expect(await fetchTask({ ...ports, codePipeline }, BOTH, TASK)).toBe('failed');

    expect(fixture.jobs.result).toMatchObject({ currentRevision: { revision: newest } });
    expect(fixture.builds.size).toBe(0);
    expect(log()).toContain('The job was already finished');
  });

  it.each([
    ['a missing branch', { Branch: 'mian' }, 'git/ref-missing'],
    ['a wrong password', { CredentialsSecret: 'wrong' }, 'git/authentication-failed'],
    ['a missing secret', { CredentialsSecret: 'none' }, 'runtime/secret-missing'],
    ['a wrong URL', { GitUrl: 'ext::sh -c id' }, 'job-protocol/configuration-invalid'],
  ])('fails a job for %s by itself where the stack has no build', async (_, change, code) => {
    configure(change);

    expect(await fetchJob(FUNCTION)).toBe('failed');
    expect(JSON.stringify(fixture.jobs.result)).toContain(`[${code}]`);
    expect(fixture.metrics.map(({ name }) => name)).toEqual(['Duration', 'Failed']);
  });

  it('does what FetchMethod leaves to git, where there is no build that could', async () => {
    configure({ FetchMethod: 'clone' });
    expect(await fetchJob(FUNCTION)).toBe('succeeded');

    fixture.reset();
    expect(await fetchJob(BOTH)).toBe('handed-over');
  });
});

describe('a hand-over', () => {
  /** The job has a build and no result, and the store has nothing of it. */
  async function expectHandedOver(): Promise<void> {
    expect([...fixture.builds.values()]).toEqual([BUILD]);
    expect(fixture.jobs.result).toBeUndefined();
    expect(await fixture.unfinished()).toEqual([]);
    expect(readdirSync(fixture.ports.workFolder)).toEqual([]);
    expect(log()).toMatch(/Handing over to a build: .*\nBuild clone:job-1 started$/);
  }

  beforeEach(() => {
    fixture.jobs.bucket = 'git-cache';
  });

  it('before the fetch', async () => {
    timeIsOver();

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    expect(await fixture.stored()).toEqual([]);
    expect(fixture.metrics.map(({ name }) => name)).toEqual(['Duration', 'HandedOver']);
  });

  it.each(['hang', 'slow'] as const)('during the fetch from a server that is %s', async (kind) => {
    fixture.jobs.git.setFault(kind === 'slow' ? { kind, bytesPerSecond: 10 } : { kind });
    fixture.onLine = (line) => {
      if (line.includes('Fetching')) setTimeout(timeIsOver, 100);
    };

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    expect(await fixture.stored()).toEqual([]);
    expect(note()).toEqual([]);
  });

  it('during the upload, of which nothing is left', async () => {
    configure({ Branch: 'large' });
    fixture.jobs.git.setFault({ kind: 'slow', bytesPerSecond: LARGE_BYTES });

    const fetched = fetchJob();
    await until(async () => (await fixture.unfinished()).length > 0);
    timeIsOver();

    expect(await fetched).toBe('handed-over');
    await expectHandedOver();
    expect(await fixture.stored()).toEqual([]);
    expect(note()).toEqual([expect.objectContaining({ repository: expect.stringMatching(/team\/app$/), why: OVER })]);
    expect(note()[0].bytes).toBeGreaterThan(LARGE_BYTES / 6);
  });

  it('of a small pack for a limit, of which nothing is learnt', async () => {
    fixture.onLine = (line) => {
      if (line.includes('Fetched')) timeIsOver();
    };

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    expect(note()).toEqual([]);
  });

  it('after the upload, before the result', async () => {
    fixture.onLine = (line) => {
      if (line.includes('Uploaded')) timeIsOver();
    };

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    // The build uploads to the same key.
    expect(await fixture.stored()).toEqual(['sample/Out/abc']);
  });

  it('of a pack that ends too soon, of which nothing is learnt', async () => {
    configure({ Branch: 'large' });
    fixture.jobs.git.setFault({ kind: 'truncate', afterBytes: LARGE_BYTES / 2 });

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    expect(note()).toEqual([]);
  });

  it('of what only git can do', async () => {
    configure({ GitLfs: 'true' });

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
  });

  it('of a server without version 2 of the protocol, which is learnt', async () => {
    fixture.jobs.git.setFault({ kind: 'protocol-v0' });

    expect(await fetchJob()).toBe('handed-over');

    await expectHandedOver();
    expect(note()).toEqual([expect.objectContaining({ why: expect.stringMatching(/version 2/), bytes: 0 })]);
  });

  it('is not held up by a Parameter Store that does not answer', async () => {
    fixture.faults.set('PutParameterCommand', Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    fixture.jobs.git.setFault({ kind: 'protocol-v0' });

    expect(await fetchJob()).toBe('handed-over');

    expect(fixture.builds.size).toBe(1);
    expect(log()).toMatch(/note cannot be written: AccessDeniedException: no/);
  });
});

describe('a hand-over that cannot be', () => {
  it('fails the job where no build starts', async () => {
    const error = Object.assign(new Error('too many'), { name: 'AccountLimitExceededException', $metadata: {} });
    fixture.faults.set('StartBuildCommand', error);
    configure({ GitLfs: 'true' });

    expect(await fetchJob()).toBe('failed');

    expect(fixture.jobs.result).toMatchObject({
      failureDetails: { type: 'SystemUnavailable', message: expect.stringContaining('[lanes/build-not-started]') },
    });
  });

  it.each([
    ['GitLfs', () => configure({ GitLfs: 'true' }), /GitLfs is "true"/],
    ['the time', timeIsOver, /time is nearly over/],
  ])('fails the job for %s where the stack has no build', async (_, arrange, why) => {
    arrange();

    expect(await fetchJob(FUNCTION)).toBe('failed');

    const { message } = (fixture.jobs.result as { failureDetails: { message: string } }).failureDetails;
    expect(message).toContain('[source-fetch/build-lane-off]');
    expect(message).toMatch(why);
    expect(message).toMatch(/Lanes set to BOTH/);
  });
});
