import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  API_SERVER_PROVIDERS,
  type ApiServer,
  type ApiServerProvider,
  createApiServer,
} from '../test/api-servers/index.ts';
import { type ApiConnection, ARCHIVE_NAMES, type Archive, findArchive } from './archives.ts';
import { failureOf } from './test/failure-of.ts';

const PATHS: Readonly<Record<ApiServerProvider, string>> = {
  'azure-devops': 'acme/Web Team/_git/shop',
  'bitbucket-cloud': 'acme/shop',
  'bitbucket-server': 'WEB/shop',
  gitea: 'acme/shop',
  github: 'acme/shop',
  gitlab: 'acme/web/shop',
};
/** Names that mean something in a URL, or in an API that is careless with them. */
const BRANCHES = ['main', 'feature/ünï/深い', 'heads/main', 'a%2e', 'a&b=c#d', 'x+y', 'v1', 'refs/heads/main'] as const;

let folder: string;
const commits = new Map<string, CommitSha>();
/** Of the branch `history`, oldest first. */
let first: CommitSha;
let described: CommitSha;
const certificates = await createCertificates();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitsource-archive-'));
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', folder]);
  for (const branch of BRANCHES) {
    const files = {
      'README.md': `hello from ${branch}\n`,
      'große Datei/ü.txt': 'ü',
      'run.sh': { executable: '#!/bin/sh\n' },
      link: { symlink: 'README.md' },
      // Enough that a cut in the middle is one.
      'large.bin': Buffer.from(
        Array.from({ length: 200_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251),
      ),
    };
    commits.set(
      `refs/heads/${branch}`,
      parseCommitSha(await commitFiles(folder, `refs/heads/${branch}`, { message: branch, files })),
    );
  }
  const tagged = parseCommitSha(
    await commitFiles(folder, 'refs/tags/v1', { message: 'tagged', files: { tagged: 'v1' } }),
  );
  commits.set('refs/tags/v1', tagged);
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(folder, ['tag', '-a', '-m', 'annotated', 'release/1.0', tagged], { environment });
  await runGit(folder, ['tag', '-a', '-m', 'of a tag', 'release/1.0-again', 'release/1.0'], { environment });
  commits.set('refs/tags/release/1.0', tagged);
  commits.set('refs/tags/release/1.0-again', tagged);
  first = parseCommitSha(await commitFiles(folder, 'history', { message: 'First', files: { a: '1' } }));
  const author = { name: 'Åda Example', email: 'ada@example.com' };
  const message = 'Say ünï ☃\n\nAnd more.\n\nAnd an end.\n';
  described = parseCommitSha(await commitFiles(folder, 'history', { message, author, files: { a: '2' } }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has an archive in every folder that says so, and a stand-in for each', () => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const folders = readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[^/]+\/archive\.ts$/.test(file))
    .map((file) => file.split('/')[0] ?? '');

  expect(ARCHIVE_NAMES.toSorted()).toEqual(folders.toSorted());
  expect(API_SERVER_PROVIDERS.toSorted()).toEqual(folders.toSorted());
});

it('knows no archive of others', async () => {
  expect(await findArchive('generic')).toBeUndefined();
  expect(await findArchive('__proto__')).toBeUndefined();
});

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(API_SERVER_PROVIDERS)('%s', (provider) => {
  const repositoryPath = PATHS[provider];
  let server: ApiServer;
  let archive: Archive;
  let main: CommitSha;

  beforeAll(async () => {
    archive = (await findArchive(provider)) as Archive;
    main = commits.get('refs/heads/main') as CommitSha;
    server = await createApiServer({ provider, repositories: { [repositoryPath]: folder }, certificates });
  });
  afterAll(() => server.close());
  beforeEach(() => server.reset());

  const query = (change: Partial<ApiConnection> = {}) => ({
    connection: { ...server.connection, ...change },
    repositoryPath,
  });
  const withoutPassword = () => {
    const { password: _, ...connection } = server.connection;
    return { connection, repositoryPath };
  };

  it('finds the commit of every ref, a branch and a tag of one name told apart, tags peeled', async () => {
    for (const [ref, commit] of commits) {
      expect([ref, await archive.resolveRef({ ...query(), ref })]).toEqual([ref, commit]);
    }
  });

  it('gives the bytes of exactly the commit', async () => {
    for (const [, commit] of commits) {
      const { body, topFolder } = await archive.open({ ...query(), commit });
      const zip = await collect(body);

      const name = zip.subarray(30, 30 + zip.readUInt16LE(26)).toString();
      const prefix = topFolder === 'strip' ? [`--prefix=${name.slice(0, name.indexOf('/'))}/`] : [];
      const expected = execFileSync('git', ['-C', folder, 'archive', '--format=zip', ...prefix, commit], {
        maxBuffer: 10_000_000,
      });
      expect(zip.equals(expected)).toBe(true);
    }
  });

  it('tells what a commit says of itself', async () => {
    const told = await archive.readCommit({ ...query(), commit: described });

    expect(told).toMatchObject({
      sha: described,
      subject: 'Say ünï ☃',
      message: 'Say ünï ☃\n\nAnd more.\n\nAnd an end.',
      authorName: 'Åda Example',
      authorEmail: 'ada@example.com',
    });
    for (const date of [told.authorDate, told.committerDate]) {
      expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/);
      expect(Date.parse(date)).toBe(Date.parse('2026-01-31T09:15:00+01:00'));
    }
    const tellsTree = ['azure-devops', 'gitea', 'github'].includes(provider);
    expect(told.treeId).toBe(tellsTree ? await runGit(folder, ['rev-parse', `${described}^{tree}`]) : undefined);
  });

  it('knows nothing of a commit that is not there, and says which of the two is missing', async () => {
    const commit = parseCommitSha('ab'.repeat(20));
    await expect(archive.readCommit({ ...query(), commit })).rejects.toMatchObject({
      code: 'providers/commit-missing',
      fault: 'revision-missing',
    });

    const elsewhere = { ...query(), repositoryPath: repositoryPath.replace(/shop$/, 'nowhere') };
    await expect(archive.readCommit({ ...elsewhere, commit: described })).rejects.toMatchObject({
      code: 'providers/repository-missing',
    });
  });

  it('takes a pinned commit that the ref has in its history, also when it has moved on', async () => {
    const ref = 'refs/heads/history';
    for (const pinned of [first, described]) {
      expect(await archive.resolveRef({ ...query(), ref, pinned })).toBe(pinned);
    }
  });

  it.each(['refs/heads/main', 'refs/tags/v1'])('refuses a pinned commit that is not on %s', async (ref) => {
    for (const pinned of [described, parseCommitSha('ab'.repeat(20))]) {
      const error = await failureOf(archive.resolveRef({ ...query(), ref, pinned }));
      expect(error).toMatchObject({ code: 'providers/commit-not-on-ref', fault: 'revision-moved', retryable: false });
      expect(error.message).toContain(pinned);
    }
  });

  it('refuses a pinned commit that is newer than the ref', async () => {
    await runGit(folder, ['update-ref', 'refs/heads/behind', first]);

    await expect(archive.resolveRef({ ...query(), ref: 'refs/heads/behind', pinned: described })).rejects.toMatchObject(
      { code: 'providers/commit-not-on-ref' },
    );
  });

  it('takes the commit of an annotated tag that is pinned by its own SHA', async () => {
    const pinned = parseCommitSha(await runGit(folder, ['rev-parse', 'refs/tags/release/1.0']));

    const resolving = archive.resolveRef({ ...query(), ref: 'refs/tags/release/1.0', pinned });
    // Its API shows no tags but by their commits, and so do its webhooks.
    if (provider === 'bitbucket-cloud') {
      return expect(resolving).rejects.toMatchObject({ code: 'providers/commit-not-on-ref' });
    }
    const told = await archive.readCommit({ ...query(), commit: (await resolving) as CommitSha });
    expect(told.sha).toBe(commits.get('refs/tags/release/1.0'));
  });

  it.each([
    'refs/heads/none',
    'refs/tags/main',
    'refs/heads/mai',
    'refs/heads/feature',
    'refs/tags/%2e',
    'refs/heads/a?b'.slice(0, -2),
  ])('knows no %s', async (ref) => {
    expect(await archive.resolveRef({ ...query(), ref })).toBeUndefined();
  });

  it.each(['main', 'refs/heads/../../x', 'refs/heads/a b', 'refs/heads/-x', 'refs/heads/a?b', ''])(
    'asks nobody about the ref %j',
    async (ref) => {
      await expect(archive.resolveRef({ ...query(), ref })).rejects.toMatchObject({ code: 'events/ref-invalid' });
      expect(server.requests).toEqual([]);
    },
  );

  it.each(['', 'shop', '../../x', 'acme/../x', 'acme//x', '/acme/shop', 'acme/x\\y', 'acme/\u0000/x'])(
    'asks nobody about the repository %j',
    async (path) => {
      const failing = archive.resolveRef({ ...query(), repositoryPath: path, ref: 'refs/heads/main' });

      await expect(failing).rejects.toMatchObject({
        code: 'providers/repository-path-invalid',
        fault: 'configuration',
      });
      expect(server.requests).toEqual([]);
    },
  );

  it('asks for a strangely named repository by that name only', async () => {
    const path = repositoryPath.replace(/shop$/, 'a?b=c#d%2e%2e ü');
    const failing = archive.resolveRef({ ...query(), repositoryPath: path, ref: 'refs/heads/main' });

    await expect(failing).rejects.toMatchObject({ code: 'providers/repository-missing' });
    expect(server.requests.every(({ url }) => url.includes(encodeURIComponent('a?b=c#d%2e%2e ü')))).toBe(true);
  });

  it('tells a missing repository from a missing ref or commit', async () => {
    const other = { ...query(), repositoryPath: repositoryPath.replace(/shop$/, 'other') };
    const failure = { code: 'providers/repository-missing', fault: 'permission' };
    await expect(archive.resolveRef({ ...other, ref: 'refs/heads/main' })).rejects.toMatchObject(failure);
    await expect(archive.open({ ...other, commit: main })).rejects.toMatchObject(failure);

    const gone = parseCommitSha('1'.repeat(40));
    await expect(archive.open({ ...query(), commit: gone })).rejects.toMatchObject({
      code: 'providers/commit-missing',
      fault: 'revision-missing',
    });
  });

  it('says that archives are switched off', async () => {
    server.fail({ on: 'archive', kind: 'status', status: 404 });

    await expect(archive.open({ ...query(), commit: main })).rejects.toMatchObject({
      code: 'providers/archive-disabled',
      fault: 'configuration',
    });
  });

  it('names the right that wrong or missing credentials lack, and nothing that is secret', async () => {
    const wrong = { ...query({ password: 'hunter2-wrong' }), ref: 'refs/heads/main', commit: main };
    for (const failing of [archive.resolveRef(wrong), archive.open(wrong)]) {
      const error = await failureOf(failing);
      expect(error).toMatchObject({ code: 'providers/unauthorized', fault: 'permission', retryable: false });
      expect(error.message).toContain('Needed: a');
      expect(error.message).not.toContain('hunter2');
    }
    const error = await failureOf(archive.open({ ...withoutPassword(), commit: main }));
    expect(error.code).toMatch(/^providers\/(?:unauthorized|repository-missing)$/);
    expect(error.fault).toBe('permission');
  });

  it('needs no credentials where the server does not', async () => {
    const open = await createApiServer({
      provider,
      repositories: { [repositoryPath]: folder },
      certificates,
      token: null,
    });
    try {
      const asked = { connection: open.connection, repositoryPath };
      expect(await archive.resolveRef({ ...asked, ref: 'refs/heads/main' })).toBe(main);
      await collect((await archive.open({ ...asked, commit: main })).body);
      const sent = open.requests.flatMap(({ headers }) => Object.keys(headers));
      expect(sent).not.toContain('authorization');
      expect(sent).not.toContain('private-token');
    } finally {
      await open.close();
    }
  });

  it.each([401, 403])('says for %i what the credentials need', async (status) => {
    server.fail({ kind: 'status', status, times: 3 });

    await expect(archive.resolveRef({ ...query(), ref: 'refs/heads/main' })).rejects.toMatchObject({
      code: 'providers/unauthorized',
    });
  });

  it('waits as long as a limit asks, and hands a long wait to the caller', async () => {
    server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '0' } });
    expect(await archive.resolveRef({ ...query(), ref: 'refs/heads/main' })).toBe(main);

    server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    const error = await failureOf(archive.open({ ...query(), commit: main }));
    expect(error).toMatchObject({ code: 'providers/rate-limited', retryable: true, retryAfterMs: 120_000 });
    expect(error.message).not.toContain('the-body-of-the-server');
  });

  it('tries again when the server fails, and then says so', async () => {
    server.fail({ kind: 'status', status: 503, times: 1, headers: { 'retry-after': '0' } });
    await collect((await archive.open({ ...query(), commit: main })).body);

    server.fail({ kind: 'status', status: 500, times: 3, headers: { 'retry-after': '0' } });
    const error = await failureOf(archive.open({ ...query(), commit: main }));
    expect(error).toMatchObject({ code: 'providers/unavailable', retryable: true });
    expect(error.message).not.toContain('the-body-of-the-server');
  });

  it('refuses a page in place of a zip, before any of it', async () => {
    server.fail({ on: 'archive', kind: 'html' });

    const error = await failureOf(archive.open({ ...query(), commit: main }));
    expect(error.code).toBe('providers/archive-not-zip');
    expect(error.message).not.toContain('the-body-of-the-server');
  });

  it('takes a redirect to a page to sign in for what it is', async () => {
    server.fail({ on: 'archive', kind: 'redirect', location: `${server.connection.apiUrl}/account/signin/?next=x` });
    server.fail({ url: /signin/, kind: 'html' });

    await expect(archive.open({ ...query(), commit: main })).rejects.toMatchObject({ code: 'providers/unauthorized' });
  });

  it('refuses a page in place of data', async () => {
    server.fail({ on: 'api', kind: 'html' });

    const error = await failureOf(archive.resolveRef({ ...query(), ref: 'refs/heads/main' }));
    expect(error.code).toBe('providers/answer-unexpected');
    expect(error.message).not.toContain('the-body-of-the-server');
  });

  it('does not take half an archive for a whole one', async () => {
    server.fail({ on: 'archive', kind: 'truncate' });

    const { body } = await archive.open({ ...query(), commit: main });
    await expect(collect(body)).rejects.toMatchObject({ code: 'runtime/download-truncated', retryable: true });
  });

  it('ends at once when it is told to, before and in the middle of the archive', async () => {
    const early = new AbortController();
    server.fail({ kind: 'silent' });
    const opening = archive.open({ ...query(), commit: main, signal: early.signal });
    setTimeout(() => early.abort(new Error('enough')), 100);
    await expect(opening).rejects.toThrow('enough');

    const late = new AbortController();
    server.reset();
    server.fail({ on: 'archive', kind: 'stall' });
    const { body } = await archive.open({ ...query(), commit: main, signal: late.signal });
    setTimeout(() => late.abort(new Error('enough')), 100);
    await expect(collect(body)).rejects.toThrow('enough');

    const before = archive.open({ ...query(), commit: main, signal: AbortSignal.abort(new Error('never')) });
    await expect(before).rejects.toThrow('never');
  });

  it('takes no credentials to another host, and nothing where no archive can be', async () => {
    server.fail({ on: 'archive', kind: 'redirect', location: `${server.storageUrl}/elsewhere` });
    await failureOf(archive.open({ ...query(), commit: main }));
    const elsewhere = server.requests.filter(({ at }) => at === 'storage');
    expect(elsewhere).toHaveLength(1);
    expect(elsewhere.flatMap(({ headers }) => Object.keys(headers))).not.toContain('authorization');
    expect(JSON.stringify(elsewhere)).not.toContain('token-of-the-connection');

    for (const location of ['http://127.0.0.1:1/', 'https://169.254.169.254/latest/', 'https://[fd00:ec2::254]/']) {
      server.fail({ on: 'archive', kind: 'redirect', location });
      await expect(archive.open({ ...query(), commit: main })).rejects.toMatchObject({
        code: 'runtime/api-redirected',
      });
    }
  });

  it('gives up where redirects do not end', async () => {
    server.fail({ kind: 'redirect', location: server.connection.apiUrl, times: 10 });

    await expect(archive.open({ ...query(), commit: main })).rejects.toMatchObject({ code: 'runtime/api-redirected' });
    expect(server.requests).toHaveLength(4);
  });

  it('follows a renamed repository on the same server with its credentials', async () => {
    const { apiUrl } = server.connection;
    const wanted = await firstUrl(() => archive.resolveRef({ ...query(), ref: 'refs/heads/main' }));
    server.fail({ kind: 'redirect', location: new URL(wanted, apiUrl).href });

    expect(
      await archive.resolveRef({
        ...query(),
        repositoryPath: repositoryPath.replace(/shop$/, 'old'),
        ref: 'refs/heads/main',
      }),
    ).toBe(main);
  });

  async function firstUrl(ask: () => Promise<unknown>): Promise<string> {
    server.reset();
    await ask();
    const [first] = server.requests;
    server.reset();
    return first?.url ?? '';
  }
});
