import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type CommitSha, parseCommitSha, parseGitUrl } from '@gitsource/events';
import { commitFiles, type GitServer, type LocalRepository, runGit, startGitServer } from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contentOf, listByGit, listEntries, Scratch } from '../test/git-fixture.ts';
import { openVersion2 } from '../test/open-version-2.ts';
import {
  createHttpsTransport,
  fetchPack,
  findRef,
  type HttpsTransportOptions,
  listRefs,
  openSession,
  type PackedTree,
  packTree,
  readTree,
  type Session,
} from './index.ts';

const scratch = new Scratch();
const USER = { username: 'ada', password: 's3cr#t pass:wörd' };
let server: GitServer;
let repository: LocalRepository;
let sha: CommitSha;

const LARGE = Buffer.alloc(3_000_000, 'a line of text that is long enough\n');
const NOISE = Buffer.concat(Array.from({ length: 40_000 }, (_, n) => createHash('sha256').update(String(n)).digest()));
const LINES = Array.from({ length: 200 }, (_, n) => `line ${n} ${n * n}\n`).join('');
const FILES = {
  '.gitignore': 'dist\n',
  'README.md': LINES,
  'bin/run': { executable: '#!/bin/sh\n' },
  'copy of README': LINES,
  'docs/README.md': `${LINES}and more\n`,
  empty: '',
  'large.txt': LARGE,
  link: { symlink: 'README.md' },
  'noise.bin': NOISE,
  'ünï/☃.txt': 'snow\n',
};

beforeAll(async () => {
  server = await startGitServer({ folder: join(scratch.folder, 'server') });
  server.allowUser(USER.username, USER.password);
  ({ repository, sha } = await createRepository('team/app', 'sha1'));
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

afterEach(() => server.setFault(undefined));

async function createRepository(name: string, objectFormat: 'sha1' | 'sha256') {
  const made = await server.createRepository(name, { objectFormat });
  await commitFiles(made.folder, 'main', { message: 'First', files: { empty: '' } });
  const submodule = (objectFormat === 'sha1' ? 'ab' : 'abcd').repeat(20).slice(0, objectFormat === 'sha1' ? 40 : 64);
  const files = { ...FILES, module: { submodule } };
  const tip = await commitFiles(made.folder, 'main', { message: 'Second ✓\n\nWhy.\n', files });
  return { repository: made, sha: parseCommitSha(tip) };
}

function transportTo(url: string, over: Partial<HttpsTransportOptions> = {}) {
  const { caCertificate } = server.https;
  return createHttpsTransport({ url: parseGitUrl(url), credentials: USER, caCertificate, ...over });
}

async function open(url = repository.httpsUrl, over: Partial<HttpsTransportOptions> = {}): Promise<Session> {
  return openVersion2(transportTo(url, over));
}

async function reading<T>(tree: PackedTree, read: (tree: PackedTree) => Promise<T>): Promise<T> {
  try {
    return await read(tree);
  } finally {
    await tree.close();
  }
}

describe('packTree', () => {
  it.each(['sha1', 'sha256'] as const)('gives a commit and its tree as git has them (%s)', async (format) => {
    const made = await createRepository(`format/${format}`, format);
    const { folder, httpsUrl } = made.repository;
    const tree = await packTree(await open(httpsUrl), made.sha);

    expect(await reading(tree, ({ entries }) => listEntries(entries()))).toEqual(
      await listByGit({ folder, sha: made.sha }),
    );
    expect(tree.treeId).toBe(await runGit(folder, ['rev-parse', `${made.sha}^{tree}`]));
    expect(tree.submodules).toEqual([{ path: 'module', sha: expect.stringMatching(/^(abab|abcd)/) }]);
    expect(tree.commit).toEqual({
      sha: made.sha,
      message: 'Second ✓\n\nWhy.',
      subject: 'Second ✓',
      authorName: 'Ada Example',
      authorEmail: 'ada@example.com',
      authorDate: '2026-01-31T09:15:00+01:00',
      committerDate: '2026-01-31T09:15:00+01:00',
    });
  });

  it('copies what the server packed, and unpacks deltas', async () => {
    const tree = await packTree(await open(), sha);
    const found = new Map<string, string>();
    await reading(tree, async ({ entries }) => {
      for await (const entry of entries()) {
        found.set(entry.path, entry.body.packing);
        if (entry.path === 'large.txt') expect(LARGE.equals(contentOf(entry))).toBe(true);
        if (entry.path === 'noise.bin') expect(NOISE.equals(contentOf(entry))).toBe(true);
      }
    });

    // One of the two is a delta of the other, and noise is no smaller when it is packed.
    expect(new Set([found.get('README.md'), found.get('docs/README.md')])).toEqual(new Set(['deflate', 'none']));
    expect(found.get('large.txt')).toBe('deflate');
    expect(found.get('noise.bin')).toBe('incompressible');
  });

  it('takes an older commit, and keeps one connection', async () => {
    const older = parseCommitSha(await runGit(repository.folder, ['rev-parse', `${sha}^`]));
    const session = await open();
    const tree = await packTree(session, older);

    expect(await reading(tree, ({ entries }) => listEntries(entries()))).toHaveLength(1);
    expect(await findRef(session, 'refs/heads/main')).toEqual({ name: 'refs/heads/main', sha });
  });

  it('says that a commit is not there, is none, or belongs to another kind of repository', async () => {
    const session = await open();
    const treeId = parseCommitSha(await runGit(repository.folder, ['rev-parse', `${sha}^{tree}`]));

    await expect(packTree(session, parseCommitSha('ab'.repeat(20)))).rejects.toMatchObject({
      code: 'pack/server-refused',
      message: expect.stringContaining('not our ref'),
    });
    await expect(packTree(session, treeId)).rejects.toMatchObject({ code: 'pack/not-a-commit' });
    await expect(packTree(session, parseCommitSha('ab'.repeat(32)))).rejects.toMatchObject({
      code: 'pack/not-a-commit',
    });
  });

  it.each(['..', '.git', '.GIT'])('refuses a tree that a hostile server made, with %s', async (name) => {
    const { folder } = repository;
    const blob = await runGit(folder, ['hash-object', '-w', '--stdin'], { input: 'x' });
    const inner = await runGit(folder, ['mktree', '-z'], { input: `100644 blob ${blob}\tconfig\0` });
    const root = await runGit(folder, ['mktree', '-z'], { input: `040000 tree ${inner}\t${name}\0` });
    const person = 'E <e@example.com> 1700000000 +0000';
    const input = `tree ${root}\nauthor ${person}\ncommitter ${person}\n\nEvil\n`;
    const evil = parseCommitSha(await runGit(folder, ['hash-object', '-t', 'commit', '-w', '--stdin'], { input }));
    const tree = await packTree(await open(), evil);

    await expect(reading(tree, ({ entries }) => listEntries(entries()))).rejects.toMatchObject({
      code: 'pack/path-unsafe',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  it('gives no entry of a pack without blobs', async () => {
    const session = await open();
    expect(session.canFilter).toBe(true);
    const tree = await readTree(fetchPack(session, sha, { filter: 'blob:none' }), 'sha1', sha);

    expect(tree.commit.subject).toBe('Second ✓');
    await expect(reading(tree, ({ entries }) => listEntries(entries()))).rejects.toMatchObject({
      code: 'pack/object-missing',
      message: expect.stringContaining('".gitignore"'),
    });
  });

  it('ends where the connection does', async () => {
    for (const afterBytes of [100, 5_000, 300_000]) {
      const session = await open();
      server.setFault({ kind: 'truncate', afterBytes });
      const failure = packTree(session, sha).then((tree) => reading(tree, ({ entries }) => listEntries(entries())));

      await expect(failure).rejects.toMatchObject({ code: 'runtime/download-truncated', retryable: true });
      server.setFault(undefined);
    }
  });

  it('ends when it is told to', async () => {
    const caller = new AbortController();
    const tree = await packTree(await open(repository.httpsUrl, { signal: caller.signal }), sha);
    caller.abort(new Error('enough'));

    await expect(reading(tree, ({ entries }) => listEntries(entries()))).rejects.toThrow('enough');
  });
});

describe('openSession', () => {
  it('leaves a server to git that does not speak version 2', async () => {
    server.setFault({ kind: 'protocol-v0' });
    expect(await openSession(transportTo(repository.httpsUrl))).toBe('unsupported');
    server.setFault({ kind: 'status', status: 200 });
    expect(await openSession(transportTo(repository.httpsUrl))).toBe('unsupported');
  });

  it.each([
    ['a wrong password', { credentials: { ...USER, password: 'wrong password' } }, 'pack/access-refused'],
    ['no credentials', { credentials: undefined }, 'pack/access-refused'],
    ['an unknown authority', { caCertificate: undefined }, 'runtime/api-certificate-untrusted'],
  ])('says what is wrong with %s', async (_name, over, code) => {
    const options = {
      url: parseGitUrl(repository.httpsUrl),
      credentials: USER,
      caCertificate: server.https.caCertificate,
    };
    const given = Object.fromEntries(
      Object.entries({ ...options, ...over }).filter(([, value]) => value !== undefined),
    );
    const failure = await openSession(createHttpsTransport({ ...given, url: options.url })).catch(
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toMatch(/ada|s3cr|wrong/);
  });

  it.each([
    [404, 'pack/repository-not-found'],
    [403, 'pack/access-refused'],
    [500, 'pack/server-failed'],
  ])('says what status %d means', async (status, code) => {
    server.setFault({ kind: 'status', status });
    await expect(openSession(transportTo(repository.httpsUrl))).rejects.toMatchObject({ code });
  });

  it('follows a redirect on the same server for all requests', async () => {
    const location = `${repository.httpsUrl}/info/refs?service=git-upload-pack`;
    const transport = transportTo(repository.httpsUrl.replace('/team/app.git', '/team/old'));
    server.setFault({
      kind: 'status',
      status: 301,
      // Read when the first request is answered; those after it go where it led.
      get headers() {
        server.setFault(undefined);
        return { location };
      },
    });
    const session = await openSession(transport);
    if (session === 'unsupported') throw new Error('redirected to what speaks version 2');

    expect(await findRef(session, 'refs/heads/main')).toMatchObject({ sha });
  });

  it('does not go to another server', async () => {
    const other = await startGitServer({ folder: join(scratch.folder, 'other server') });
    const open = await other.createRepository('team/app', { access: 'public' });
    try {
      const location = `${open.httpsUrl}/info/refs?service=git-upload-pack`;
      server.setFault({ kind: 'status', status: 302, headers: { location } });
      const caCertificate = `${server.https.caCertificate}${other.https.caCertificate}`;
      await expect(openSession(transportTo(repository.httpsUrl, { caCertificate }))).rejects.toMatchObject({
        code: 'pack/redirected',
        message: expect.stringContaining(other.https.origin),
      });
    } finally {
      await other.close();
    }
  });
});

describe('listRefs', () => {
  it('gives symbolic refs, annotated tags peeled, and nothing that only begins like the ref', async () => {
    const { folder } = repository;
    const identity = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(folder, ['update-ref', 'refs/heads/main-2', sha]);
    await runGit(folder, ['tag', '-a', '-m', 'note', 'v1', sha], { environment: identity });
    const session = await open();

    expect(await findRef(session, 'HEAD')).toEqual({ name: 'HEAD', sha, symrefTarget: 'refs/heads/main' });
    expect(await findRef(session, 'refs/heads/mai')).toBeUndefined();
    expect(await findRef(session, 'refs/tags/v1')).toEqual({
      name: 'refs/tags/v1',
      sha: await runGit(folder, ['rev-parse', 'refs/tags/v1']),
      peeled: sha,
    });
    expect((await listRefs(session, ['refs/heads/'])).map(({ name }) => name)).toEqual([
      'refs/heads/main',
      'refs/heads/main-2',
    ]);
  });
});
