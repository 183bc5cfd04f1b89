import { readdirSync } from 'node:fs';
import { doJob } from '@gitsource/lanes';
import { commitFiles, generateKeyPair, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobFixture } from '../../../packages/lanes/test/job-fixture.ts';
import { SourceCloneError } from './errors.ts';
import { gitWay } from './git-way.ts';

const CONFIG = {
  kind: 'job' as const,
  lane: 'build' as const,
  jobId: 'job-1',
  buildId: 'clone:8f5f',
  region: 'us-east-1',
};
const PASSWORD = 's3cret pass-word';

let fixture: JobFixture;
let repository: LocalRepository;
let first: string;
let second: string;
/** On the branch `release` and under the annotated tag `v1`. */
let tagged: string;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  fixture.git.allowUser('ada', PASSWORD);
  repository = await fixture.git.createRepository('team/app');
  first = await commitFiles(repository.folder, 'main', { message: 'First', files: { 'a.txt': 'one\n' } });
  second = await commitFiles(repository.folder, 'main', { message: 'Second ☃\n\nBody', files: { 'a.txt': 'two\n' } });
  tagged = await commitFiles(repository.folder, 'release', { message: 'Third', files: { 'a.txt': 'three\n' } });
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(repository.folder, ['tag', '-a', '-m', 'note', 'v1', 'release'], { environment });
  await runGit(repository.folder, ['update-ref', 'refs/pull/7/head', first]);
  await runGit(repository.folder, ['update-ref', 'refs/merge-requests/7/head', tagged]);
  const { caCertificate } = fixture.git.https;
  const connection = { host: '127.0.0.1', username: 'ada', password: PASSWORD, caCertificate };
  fixture.secrets.set('good', JSON.stringify(connection));
  fixture.secrets.set('elsewhere', JSON.stringify({ ...connection, host: 'git.example.com' }));
  fixture.secrets.set('wrong', JSON.stringify({ ...connection, password: 'other' }));
  fixture.secrets.set('text', PASSWORD);
});

afterAll(() => fixture.close());

beforeEach(() => {
  fixture.result = undefined;
  fixture.variables = [];
  fixture.lines.length = 0;
  fixture.configuration = { GitUrl: repository.httpsUrl, Branch: 'main', CredentialsSecret: 'good' };
});

describe.each(['auto', 'clone'])('cloneJob with FetchMethod %s', (FetchMethod) => {
  beforeEach(() => {
    fixture.configuration = { ...fixture.configuration, FetchMethod };
  });

  it('uploads the newest commit and reports it with its variables', async () => {
    expect(await doJob(fixture.ports, CONFIG)).toBe('succeeded');

    expect(fixture.result).toMatchObject({
      currentRevision: { revision: second, changeIdentifier: second, revisionSummary: 'Second ☃' },
      executionDetails: { externalExecutionId: 'clone:8f5f', percentComplete: 100 },
      outputVariables: {
        CommitId: second,
        BranchName: 'main',
        FullRepositoryName: 'team/app',
        RefName: 'refs/heads/main',
        TreeId: await runGit(repository.folder, ['rev-parse', `${second}^{tree}`]),
      },
    });
    expect(Buffer.from((await fixture.artifact()).slice(0, 2)).toString()).toBe('PK');
  });

  it('logs a line per step, without the password, and leaves nothing on disk', async () => {
    await doJob(fixture.ports, CONFIG);

    const text = fixture.lines.join('\n');
    expect(text).toMatch(/Read job job-1 of sample\/Checkout.*\n.*Read the connection good.*\n.*Fetching main/);
    const way = FetchMethod === 'auto' ? 'by its pack: one tree over HTTPS' : 'by git: FetchMethod is "clone"';
    expect(fixture.lines.filter((line) => line.includes('Fetching'))).toEqual([expect.stringContaining(`, ${way}`)]);
    expect(text).toMatch(new RegExp(`Fetched ${second} from refs/heads/main: Second ☃ \\(\\d+ ms\\)`));
    expect(text).toMatch(/Uploaded \d+ bytes to s3:\/\/store\/sample\/Out\/abc/);
    expect(text).not.toContain(PASSWORD);
    expect(readdirSync(fixture.scratch)).toEqual([]);
  });

  it('takes the commit that the execution is pinned to, and the newest for a placeholder', async () => {
    fixture.variables = [{ name: 'SourceCommit', resolvedValue: first }];
    await doJob(fixture.ports, CONFIG);
    expect(fixture.result).toMatchObject({ currentRevision: { revision: first } });

    fixture.result = undefined;
    fixture.variables = [{ name: 'SourceCommit', resolvedValue: '-' }];
    await doJob(fixture.ports, CONFIG);
    expect(fixture.result).toMatchObject({ currentRevision: { revision: second } });
  });

  it.each([
    ['refs/heads/release', 'release'],
    ['refs/tags/v1', 'v1'],
    ['refs/merge-requests/7/head', 'refs/merge-requests/7/head'],
  ])('builds %s instead of its Branch when SourceRef says so', async (RefName, BranchName) => {
    fixture.variables = [{ name: 'SourceRef', resolvedValue: RefName }];

    await doJob(fixture.ports, CONFIG);

    expect(fixture.result).toMatchObject({
      currentRevision: { revision: tagged },
      outputVariables: { CommitId: tagged, RefName, BranchName },
    });
    expect(fixture.lines.join('\n')).toContain(`Fetching ${RefName} of`);
  });

  it('wants the pinned commit on the ref of SourceRef, and not on its Branch', async () => {
    const ref = { name: 'SourceRef', resolvedValue: 'refs/pull/7/head' };
    fixture.variables = [ref, { name: 'SourceCommit', resolvedValue: first }];
    await doJob(fixture.ports, CONFIG);
    expect(fixture.result).toMatchObject({ currentRevision: { revision: first } });

    fixture.result = undefined;
    fixture.variables = [ref, { name: 'SourceCommit', resolvedValue: second }];
    await doJob(fixture.ports, CONFIG);
    expect(fixture.result).toMatchObject({ failureDetails: { type: 'RevisionOutOfSync' } });
    expect(JSON.stringify(fixture.result)).toContain('refs/pull/7/head');
  });

  it('takes the commit of an annotated tag that is pinned by the SHA of its own object', async () => {
    const SourceCommit = await runGit(repository.folder, ['rev-parse', 'refs/tags/v1']);
    fixture.variables = [
      { name: 'SourceRef', resolvedValue: 'refs/tags/v1' },
      { name: 'SourceCommit', resolvedValue: SourceCommit },
    ];

    await doJob(fixture.ports, CONFIG);

    expect(SourceCommit).not.toBe(tagged);
    expect(fixture.result).toMatchObject({
      currentRevision: { revision: tagged },
      outputVariables: { CommitId: tagged },
    });
  });

  it.each(['-', 'default', 'none', 'Latest', ' '])('takes SourceRef %j for not set', async (resolvedValue) => {
    fixture.variables = [{ name: 'SourceRef', resolvedValue }];

    await doJob(fixture.ports, CONFIG);

    expect(fixture.result).toMatchObject({ outputVariables: { CommitId: second, RefName: 'refs/heads/main' } });
  });

  it.each(['release', 'refs/heads', 'refs/heads/--upload-pack=id', 'refs/heads/a b', '--all', 'HEAD'])(
    'refuses SourceRef %j, which is no full ref',
    async (resolvedValue) => {
      fixture.variables = [{ name: 'SourceRef', resolvedValue }];

      await doJob(fixture.ports, CONFIG);

      expect(fixture.result).toMatchObject({ failureDetails: { type: 'ConfigurationError' } });
      expect(JSON.stringify(fixture.result)).toContain('[lanes/source-ref-invalid]');
    },
  );

  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong configuration', { Submodules: 'yes' }, 'ConfigurationError', 'job-protocol/configuration-invalid'],
    ['a missing secret', { CredentialsSecret: 'none' }, 'ConfigurationError', 'runtime/secret-missing'],
    ['a secret that is no key', { CredentialsSecret: 'text' }, 'ConfigurationError', 'runtime/secret-not-a-key'],
    [
      'a secret of another host',
      { CredentialsSecret: 'elsewhere' },
      'PermissionError',
      'runtime/connection-other-host',
    ],
    ['a wrong password', { CredentialsSecret: 'wrong' }, 'PermissionError', 'git/authentication-failed'],
    ['a missing branch', { Branch: 'mian' }, 'RevisionUnavailable', 'git/ref-missing'],
  ])('fails the job for %s', async (_, configuration, type, code) => {
    fixture.configuration = { ...fixture.configuration, ...configuration };

    expect(await doJob(fixture.ports, CONFIG)).toBe('failed');

    expect(fixture.result).toMatchObject({ failureDetails: { type, externalExecutionId: 'clone:8f5f' } });
    expect(JSON.stringify(fixture.result)).toContain(`[${code}]`);
    expect(JSON.stringify([fixture.result, fixture.lines])).not.toContain(PASSWORD);
  });

  it('says that the pinned commit is gone from the branch', async () => {
    fixture.variables = [{ name: 'SourceCommit', resolvedValue: 'ab'.repeat(20) }];

    await doJob(fixture.ports, CONFIG);

    expect(fixture.result).toMatchObject({ failureDetails: { type: 'RevisionOutOfSync' } });
  });

  it('treats a job that was finished meanwhile as done', async () => {
    fixture.result = { jobId: 'job-1', failureDetails: { type: 'JobFailed', message: 'stopped' } };

    expect(await doJob(fixture.ports, CONFIG)).toBe('finished');
  });

  it('reports that the build was stopped', async () => {
    const stop = new AbortController();
    stop.abort(new SourceCloneError('source-clone/interrupted', 'failed', 'The build was stopped.'));

    expect(await doJob({ ...fixture.ports, signal: stop.signal }, CONFIG)).toBe('failed');
    expect(JSON.stringify(fixture.result)).toContain('[source-clone/interrupted]');
  });

  it('reads a key from a secret for SSH and asks for host keys', async () => {
    fixture.secrets.set('key', generateKeyPair().privateKey);
    fixture.configuration = { ...fixture.configuration, GitUrl: repository.sshUrl, CredentialsSecret: 'key' };

    await doJob(fixture.ports, CONFIG);

    expect(JSON.stringify(fixture.result)).toContain('[git/host-key-unknown]');
  });
});
