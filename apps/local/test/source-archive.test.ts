import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  API_SERVER_PROVIDERS,
  type ApiFault,
  type ApiServer,
  type ApiServerProvider,
  createApiServer,
} from '../../../packages/providers/test/api-servers/index.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { readCheckout } from './read-checkout.ts';
import { readZip } from './read-zip.ts';
import {
  configureSource,
  createPipeline,
  creationExecution,
  type EndedExecution,
  type Rehearsal,
  readArtifact,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

const PIPELINE = 'from-archives';
const TOKEN = 's3cret-token';

/** The path that the API knows, that of a clone URL where it differs, and that of an SSH URL. */
const PATHS: Readonly<
  Record<ApiServerProvider, { readonly api: string; readonly https?: string; readonly ssh?: string }>
> = {
  'azure-devops': {
    api: 'acme/Web Team/_git/shop',
    https: 'acme/Web%20Team/_git/shop',
    ssh: 'v3/acme/Web%20Team/shop',
  },
  'bitbucket-cloud': { api: 'acme/shop' },
  'bitbucket-server': { api: 'WEB/shop', https: 'scm/WEB/shop.git' },
  gitea: { api: 'acme/shop' },
  github: { api: 'acme/shop' },
  gitlab: { api: 'acme/web/shop' },
};

const files = {
  ...SAMPLE_FILES,
  '.github/workflows/a.yml': 'x\n',
  'große Datei/ü.txt': 'ü\n',
  empty: '',
  'large.bin': Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251)),
};

let rehearsal: Rehearsal;
let folder: string;
let bare: string;
let first: string;
let newest: string;
let elsewhere: string;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  folder = await mkdtemp(join(tmpdir(), 'source-archive-'));
  bare = join(folder, 'shop.git');
  await mkdir(bare);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  first = await commitFiles(bare, 'main', { message: 'First\n', files });
  newest = await commitFiles(bare, 'main', { message: 'Say hé\n\nAnd more.\n', files: { 'greeting.txt': 'hé\n' } });
  elsewhere = await commitFiles(bare, 'elsewhere', { message: 'Not on main\n', files });
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(bare, ['tag', '-a', '-m', 'note', 'v1', first], { environment });
  const { httpsUrl: GitUrl } = rehearsal.git.served;
  await createPipeline(rehearsal, PIPELINE, { GitUrl, Branch: 'main', CredentialsSecret: rehearsal.httpsSecret });
}, 120_000);

afterAll(async () => {
  await rehearsal.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(configuration: Readonly<Record<string, string>>, sourceCommit?: string): Promise<EndedExecution> {
  await configureSource(rehearsal, PIPELINE, configuration);
  return waitForExecution(rehearsal, PIPELINE, await startExecution(rehearsal, PIPELINE, sourceCommit));
}

/** A server of a provider, and the configuration of the action that takes archives from it. */
async function serve(provider: ApiServerProvider, certificates: Awaited<ReturnType<typeof createCertificates>>) {
  const { api, https = `${api}.git`, ssh = `${api}.git` } = PATHS[provider];
  const server = await createApiServer({ provider, repositories: { [api]: bare }, certificates, token: TOKEN });
  const { name: _, password, ...connection } = server.connection;
  const putSecret = (change: object = {}) =>
    rehearsal.putSecret(JSON.stringify({ ...connection, token: password, ...change }));
  const base = {
    GitUrl: `https://${server.connection.host}/${https}`,
    Branch: 'main',
    CredentialsSecret: await putSecret(),
    FetchMethod: 'archive',
  };
  return { server, base, putSecret, sshUrl: `ssh://git@127.0.0.1:2222/${ssh}` };
}

const certificates = await createCertificates();

describe.each(API_SERVER_PROVIDERS)('FetchMethod archive, through the shipped templates and zips: %s', (provider) => {
  let served: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    served = await serve(provider, certificates);
  });
  afterAll(() => served.server.close());

  it('turns the newest commit into the files of a checkout, with all variables, and the Build stage builds them', async () => {
    const ended = await run(served.base);

    expect(ended.failureMessage).toBe('');
    const artifact = await readZip(await readArtifact(rehearsal, ended));
    expect(Object.fromEntries(artifact)).toEqual(await readCheckout(bare, newest));
    expect(ended.build?.status).toBe('Succeeded');
    const { outputVariables: variables = {} } = ended.source?.output ?? {};
    expect(variables).toMatchObject({
      CommitId: newest,
      BranchName: 'main',
      RefName: 'refs/heads/main',
      CommitMessage: 'Say hé\n\nAnd more.',
      AuthorName: 'Ada Example',
      AuthorEmail: 'ada@example.com',
      GitUrl: served.base.GitUrl,
      ArtifactSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    for (const name of ['AuthorDate', 'CommitterDate']) {
      expect(Date.parse(variables[name] ?? '')).toBe(Date.parse('2026-01-31T09:15:00+01:00'));
    }
  });

  it('takes the pinned commit of a branch that has moved on, by an SSH URL', async () => {
    const ended = await run({ ...served.base, GitUrl: served.sshUrl }, first);

    expect(ended.failureMessage).toBe('');
    expect(ended.source?.output?.outputVariables?.CommitId).toBe(first);
    const artifact = await readZip(await readArtifact(rehearsal, ended));
    expect(Object.fromEntries(artifact)).toEqual(await readCheckout(bare, first));
  });
});

describe('bad input to FetchMethod archive ends in its type and code', () => {
  let served: Awaited<ReturnType<typeof serve>>;
  let server: ApiServer;

  beforeAll(async () => {
    served = await serve('gitlab', certificates);
    server = served.server;
  });
  afterAll(() => server.close());
  beforeEach(() => server.reset());

  async function expectFailure(ended: EndedExecution, type: string, code: string): Promise<void> {
    expect(ended.failureMessage).toContain(`[${code}]`);
    expect(ended.failureType).toBe(type);
    expect(ended.failureMessage).not.toContain(TOKEN);
    expect(ended.status).toBe('Failed');
  }

  it('takes an annotated tag by its short name, in a pipeline that was made for archives', async () => {
    await createPipeline(rehearsal, 'archived-tag', { ...served.base, Branch: 'v1' });

    const ended = await waitForExecution(rehearsal, 'archived-tag', await creationExecution(rehearsal, 'archived-tag'));

    expect(ended.status).toBe('Succeeded');
    expect(ended.source?.output?.outputVariables).toMatchObject({ CommitId: first, RefName: 'refs/tags/v1' });
  });

  it.each([
    [{ OutputArtifactFormat: 'FULL_CLONE' }, 'gives no FULL_CLONE'],
    [{ Submodules: 'direct' }, 'without Submodules'],
    [{ Paths: 'a' }, 'without Submodules'],
    [{ CredentialsSecret: '' }, 'needs CredentialsSecret'],
  ])('the template is not deployed with %j', async (parameters, reason) => {
    await expect(createPipeline(rehearsal, 'never', { ...served.base, ...parameters })).rejects.toThrow(reason);
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['a missing branch', { Branch: 'mian' }, 'RevisionUnavailable', 'lanes/ref-missing'],
    [
      'a missing repository',
      { GitUrl: 'git@127.0.0.1:acme/gone.git' },
      'PermissionError',
      'providers/repository-missing',
    ],
    [
      'another host',
      { GitUrl: 'git@git.example.com:acme/web/shop.git' },
      'PermissionError',
      'runtime/connection-other-host',
    ],
    ['folders', { Paths: 'a' }, 'ConfigurationError', 'job-protocol/configuration-invalid'],
    ['submodules', { Submodules: 'direct' }, 'ConfigurationError', 'job-protocol/configuration-invalid'],
    ['no connection', { CredentialsSecret: '' }, 'ConfigurationError', 'lanes/provider-without-archive'],
  ])('%s', async (_, configuration, type, code) => {
    await expectFailure(await run({ ...served.base, ...configuration }), type, code);
  });

  it.each<[string, () => Promise<string>, string, string]>([
    ['a wrong token', () => served.putSecret({ token: 'guessed' }), 'PermissionError', 'providers/unauthorized'],
    [
      'an authority that nobody knows',
      () => served.putSecret({ caCertificate: undefined }),
      'PermissionError',
      'runtime/api-certificate-untrusted',
    ],
    [
      'a bare key',
      () => rehearsal.putSecret(rehearsal.git.privateKey),
      'ConfigurationError',
      'lanes/provider-without-archive',
    ],
  ])('%s', async (_, putSecret, type, code) => {
    await expectFailure(await run({ ...served.base, CredentialsSecret: await putSecret() }), type, code);
  });

  it('a pinned commit of another branch', async () => {
    await expectFailure(await run(served.base, elsewhere), 'RevisionOutOfSync', 'providers/commit-not-on-ref');
  });

  it.each<[string, ApiFault, string, string]>([
    [
      'a server that is down',
      { kind: 'status', status: 503, times: 9, headers: { 'retry-after': '0' } },
      'SystemUnavailable',
      'providers/unavailable',
    ],
    [
      'an archive that breaks off',
      { on: 'archive', kind: 'truncate' },
      'SystemUnavailable',
      'runtime/download-truncated',
    ],
    ['a page in place of an archive', { on: 'archive', kind: 'html' }, 'JobFailed', 'providers/archive-not-zip'],
    [
      'archives that are switched off',
      { on: 'archive', kind: 'status', status: 404 },
      'ConfigurationError',
      'providers/archive-disabled',
    ],
  ])('%s', async (_, fault, type, code) => {
    server.fail(fault);

    await expectFailure(await run(served.base), type, code);
  });

  it('a symlink that leaves the tree', async () => {
    await commitFiles(bare, 'escape', {
      message: 'Out\n',
      files: { ...files, 'out.txt': { symlink: '../../etc/passwd' } },
    });

    await expectFailure(await run({ ...served.base, Branch: 'escape' }), 'JobFailed', 'artifact/symlink-escapes');
  });
});
