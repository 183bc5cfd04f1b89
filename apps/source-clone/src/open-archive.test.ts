import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doJob } from '@gitsource/lanes';
import { commitFiles, generateKeyPair, type LocalRepository, runGit } from '@gitsource/local-git';
import { type ApiServer, createApiServer } from '@gitsource/providers/api-servers';
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
const TOKEN = 's3cret-token';

let fixture: JobFixture;
let folder: string;
let repository: LocalRepository;
let server: ApiServer;
let first: string;
let second: string;
let tagged: string;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  folder = mkdtempSync(join(tmpdir(), 'open-archive-'));
  repository = await fixture.git.createRepository('team/app');
  const files = { 'a.txt': 'one\n', 'run.sh': { executable: '#!/bin/sh\n' }, link: { symlink: 'a.txt' } };
  first = await commitFiles(repository.folder, 'main', { message: 'First\n', files });
  second = await commitFiles(repository.folder, 'main', { message: 'Second ☃\n\nBody\n', files: { 'a.txt': 'two\n' } });
  tagged = await commitFiles(repository.folder, 'release', { message: 'Third\n', files: { 'a.txt': 'three\n' } });
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(repository.folder, ['tag', '-a', '-m', 'note', 'v1', 'release'], { environment });
  await commitFiles(repository.folder, 'v2', { message: 'A branch', files: { 'a.txt': 'branch\n' } });
  await runGit(repository.folder, ['tag', 'v2', first]);
  const repositories = { 'team/app': repository.folder };
  server = await createApiServer({ provider: 'gitlab', repositories, token: TOKEN });
  const { name: _, password, ...connection } = server.connection;
  const secret = (change: object) => JSON.stringify({ ...connection, token: password, ...change });
  fixture.secrets.set('good', secret({}));
  fixture.secrets.set('wrong', secret({ token: 'other' }));
  fixture.secrets.set('elsewhere', secret({ host: 'git.example.com' }));
  fixture.secrets.set('others', secret({ allowedRepositories: ['other/*'] }));
  fixture.secrets.set('generic', secret({ provider: 'generic', apiUrl: undefined }));
  fixture.secrets.set('key', generateKeyPair().privateKey);
});

afterAll(async () => {
  await server.close();
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  server.reset();
  fixture.result = undefined;
  fixture.variables = [];
  fixture.lines.length = 0;
  fixture.configuration = {
    GitUrl: `https://${server.connection.host}/team/app.git`,
    Branch: 'main',
    CredentialsSecret: 'good',
    FetchMethod: 'archive',
  };
});

/** Path, mode and content of every file of the artifact. */
async function artifactFiles(): Promise<string[]> {
  const file = join(folder, 'artifact.zip');
  writeFileSync(file, await fixture.artifact());
  const python =
    'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nprint("\\n".join(sorted(f"{i.filename} {i.external_attr>>16:o} {z.read(i).decode()!r}" for i in z.infolist())))';
  return execFileSync('python3', ['-c', python, file], { encoding: 'utf8' }).trim().split('\n');
}

async function run(change: Record<string, string> = {}, variables: Record<string, string> = {}) {
  fixture.result = undefined;
  fixture.configuration = { ...fixture.configuration, ...change };
  fixture.variables = Object.entries(variables).map(([name, resolvedValue]) => ({ name, resolvedValue }));
  await doJob(fixture.ports, CONFIG);
  return fixture.result;
}

describe('a job with FetchMethod archive', () => {
  it('ends in the very result and files that a clone gives', async () => {
    const archived = (await run()) as { outputVariables?: Record<string, string> } | undefined;
    const files = await artifactFiles();
    const { ArtifactSha256: _, GitUrl: __, TreeId, ...variables } = archived?.outputVariables ?? {};

    fixture.git.allowUser('ada', TOKEN);
    const { caCertificate } = fixture.git.https;
    fixture.secrets.set('git', JSON.stringify({ host: '127.0.0.1', username: 'ada', password: TOKEN, caCertificate }));
    const cloned = await run({ FetchMethod: 'clone', GitUrl: repository.httpsUrl, CredentialsSecret: 'git' });

    expect(archived).toMatchObject({
      currentRevision: { revision: second, changeIdentifier: second, revisionSummary: 'Second ☃' },
      outputVariables: {
        CommitMessage: 'Second ☃\n\nBody',
        FullRepositoryName: 'team/app',
        RefName: 'refs/heads/main',
      },
    });
    expect(TreeId).toBe('(not told)');
    expect(cloned).toMatchObject({ outputVariables: variables, currentRevision: { revisionSummary: 'Second ☃' } });
    expect(await artifactFiles()).toEqual(files);
    expect(files).toEqual([`a.txt 100644 'two\\n'`, `link 120777 'a.txt'`, `run.sh 100755 '#!/bin/sh\\n'`]);
  });

  it('logs a line per step, without the token, and has nothing on disk', async () => {
    await run();

    const text = fixture.lines.join('\n');
    expect(text).toMatch(/Read the connection good.*\n.*Asking gitlab for main of https:.*team\/app.git/);
    expect(text).toMatch(new RegExp(`Found ${second} on refs/heads/main: Second ☃ \\(\\d+ ms\\)`));
    expect(text).not.toContain(TOKEN);
    expect(readdirSync(fixture.scratch)).toEqual([]);
  });

  it.each([
    ['git@127.0.0.1:team/app.git', 'main', 'refs/heads/main', () => second],
    ['ssh://git@127.0.0.1:2222/team/app.git', 'main', 'refs/heads/main', () => second],
    [undefined, 'refs/tags/v1', 'refs/tags/v1', () => tagged],
    [undefined, 'v1', 'refs/tags/v1', () => tagged],
    [undefined, 'refs/tags/v2', 'refs/tags/v2', () => first],
  ])('of %s takes %s', async (gitUrl, Branch, RefName, commit) => {
    const result = await run({ Branch, ...(gitUrl !== undefined && { GitUrl: gitUrl }) });

    expect(result).toMatchObject({
      currentRevision: { revision: commit() },
      outputVariables: { CommitId: commit(), RefName, BranchName: RefName.replace(/^refs\/[a-z]+\//, '') },
    });
  });

  it('takes a branch before a tag of the same short name', async () => {
    expect(await run({ Branch: 'v2' })).toMatchObject({ outputVariables: { RefName: 'refs/heads/v2' } });
  });

  it('takes the pinned commit of a branch that has moved on, and the pinned ref', async () => {
    expect(await run({}, { SourceCommit: first })).toMatchObject({ currentRevision: { revision: first } });
    expect(await artifactFiles()).toContain(`a.txt 100644 'one\\n'`);

    const SourceCommit = await runGit(repository.folder, ['rev-parse', 'refs/tags/v1']);
    expect(await run({}, { SourceRef: 'refs/tags/v1', SourceCommit })).toMatchObject({
      currentRevision: { revision: tagged },
      outputVariables: { CommitId: tagged, RefName: 'refs/tags/v1' },
    });
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      'a full clone',
      { OutputArtifactFormat: 'FULL_CLONE' },
      'ConfigurationError',
      'job-protocol/configuration-invalid',
    ],
    ['no connection', { CredentialsSecret: '' }, 'ConfigurationError', 'lanes/provider-without-archive'],
    [
      'a provider without archives',
      { CredentialsSecret: 'generic' },
      'ConfigurationError',
      'lanes/provider-without-archive',
    ],
    ['a bare key', { CredentialsSecret: 'key' }, 'ConfigurationError', 'lanes/provider-without-archive'],
    ['another host', { CredentialsSecret: 'elsewhere' }, 'PermissionError', 'runtime/connection-other-host'],
    ['another repository', { CredentialsSecret: 'others' }, 'PermissionError', 'runtime/connection-other-repository'],
    ['a wrong token', { CredentialsSecret: 'wrong' }, 'PermissionError', 'providers/unauthorized'],
    ['a missing branch', { Branch: 'mian' }, 'RevisionUnavailable', 'lanes/ref-missing'],
    ['a missing tag', { Branch: 'refs/tags/v3' }, 'RevisionUnavailable', 'lanes/ref-missing'],
    [
      'a missing repository',
      { GitUrl: 'git@127.0.0.1:team/gone.git' },
      'PermissionError',
      'providers/repository-missing',
    ],
    [
      'a path that is none of the provider',
      { GitUrl: 'git@127.0.0.1:app.git' },
      'ConfigurationError',
      'providers/repository-path-invalid',
    ],
  ])('fails for %s', async (_, change, type, code) => {
    const result = await run(change);

    expect(result).toMatchObject({ failureDetails: { type, externalExecutionId: 'clone:8f5f' } });
    expect(JSON.stringify(result)).toContain(`[${code}]`);
    expect(JSON.stringify([result, fixture.lines])).not.toContain(TOKEN);
  });

  it.each<[Parameters<ApiServer['fail']>[0], string, string]>([
    [{ kind: 'status', status: 503, times: 9, headers: { 'retry-after': '0' } }, 'SystemUnavailable', 'unavailable'],
    [{ on: 'archive', kind: 'truncate' }, 'SystemUnavailable', 'runtime/download-truncated'],
    [{ on: 'archive', kind: 'html' }, 'JobFailed', 'providers/archive-not-zip'],
    [{ on: 'archive', kind: 'status', status: 404 }, 'ConfigurationError', 'providers/archive-disabled'],
  ])('says whose fault %o is', async (fault, type, code) => {
    server.fail(fault);

    const result = await run();

    expect(result).toMatchObject({ failureDetails: { type } });
    expect(JSON.stringify(result)).toContain(code);
  });

  it('wants the pinned commit on the ref', async () => {
    const result = await run({}, { SourceCommit: tagged });

    expect(result).toMatchObject({ failureDetails: { type: 'RevisionOutOfSync' } });
    expect(JSON.stringify(result)).toContain('[providers/commit-not-on-ref]');
  });

  it('ends where the build is stopped in the middle of the archive', async () => {
    const stop = new AbortController();
    server.fail({ on: 'archive', kind: 'stall' });
    const error = new SourceCloneError('source-clone/interrupted', 'failed', 'The build was stopped.');
    const job = doJob({ ...fixture.ports, signal: stop.signal }, CONFIG);
    await expect.poll(() => server.requests.some(({ url }) => url.includes('archive.zip'))).toBe(true);
    stop.abort(error);

    expect(await job).toBe('failed');
    expect(JSON.stringify(fixture.result)).toContain('[source-clone/interrupted]');
  });
});
