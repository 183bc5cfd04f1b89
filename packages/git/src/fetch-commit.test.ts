import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitFiles, generateKeyPair, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, hasSsh, readAll, startFixture, USER } from '../test/git-fixture.ts';
import type { GitCredentials } from './credentials.ts';
import { fetchCommit } from './fetch-commit.ts';

let fixture: Fixture;
let repository: LocalRepository;
let first: string;
let second: string;

const FILES = {
  '.gitignore': 'dist\n',
  'README.md': 'hello\n',
  'bin/run': { executable: '#!/bin/sh\n' },
  empty: '',
  'link to it': { symlink: 'README.md' },
  'ünï/☃.txt': 'snow\n',
};

beforeAll(async () => {
  fixture = await startFixture();
  repository = await fixture.server.createRepository('team/app');
  first = await commitFiles(repository.folder, 'main', { message: 'First', files: FILES });
  second = await commitFiles(repository.folder, 'main', {
    message: 'Second ✓\n\nWhy.\n',
    files: { 'README.md': 'hi\n' },
  });
});

afterAll(() => fixture.close());
afterEach(() => fixture.server.setFault(undefined));

function fetchMain(url: string, credentials: GitCredentials, over: object = {}) {
  return fetchCommit(fixture.request(url, 'main', { credentials, ...over }));
}

async function contentOf(ref: string, over: object = {}): Promise<string> {
  const fetched = await fetchCommit(fixture.request(repository.httpsUrl, ref, { credentials: fixture.https, ...over }));
  const { sha } = fetched.commit;
  await fetched.dispose();
  return `${sha} ${fetched.refName} ${fetched.branchName}`;
}

describe('fetchCommit', () => {
  it('gives the newest commit of a branch, its files in tree order, and leaves nothing behind', async () => {
    const fetched = await fetchMain(repository.httpsUrl, fixture.https);

    expect(fetched.commit).toEqual({
      sha: second,
      message: 'Second ✓\n\nWhy.',
      subject: 'Second ✓',
      authorName: 'Ada Example',
      authorEmail: 'ada@example.com',
      authorDate: '2026-01-31T09:15:00+01:00',
      committerDate: '2026-01-31T09:15:00+01:00',
      treeId: await runGit(repository.folder, ['rev-parse', `${second}^{tree}`]),
    });
    const all = await readAll(fetched.entries());
    expect(Object.entries(all)).toEqual([
      ['.gitignore', 'dist\n'],
      ['README.md', 'hi\n'],
      ['bin/run (executable)', '#!/bin/sh\n'],
      ['empty', ''],
      ['link to it (symlink)', 'README.md'],
      ['ünï/☃.txt', 'snow\n'],
    ]);
    await fetched.dispose();
    expect(readdirSync(join(fixture.scratch, 'work'))).toEqual([]);
  });

  it('skips the content of an entry that nobody reads, and gives exact sizes', async () => {
    const fetched = await fetchMain(repository.httpsUrl, fixture.https);
    const sizes: [string, number][] = [];
    for await (const { path, size } of fetched.entries()) sizes.push([path, size]);
    await fetched.dispose();

    expect(sizes.map(([, size]) => size)).toEqual([5, 3, 10, 0, 9, 5]);
  });

  it('streams a content larger than any buffer', async () => {
    const large = await fixture.server.createRepository('large');
    const content = Buffer.alloc(20 * 1024 * 1024, 'line of text\n');
    await commitFiles(large.folder, 'main', { message: 'Large', files: { a: content, b: 'after' } });
    const fetched = await fetchMain(large.httpsUrl, fixture.https);
    const all = await readAll(fetched.entries());
    await fetched.dispose();

    expect(all.a?.length).toBe(content.length);
    expect(all.b).toBe('after');
  });

  it('fetches a SHA-256 repository', async () => {
    const made = await fixture.server.createRepository('sha256', { objectFormat: 'sha256' });
    const sha = await commitFiles(made.folder, 'main', { message: 'Long', files: { a: 'a' } });
    const fetched = await fetchMain(made.httpsUrl, fixture.https);

    expect(fetched.commit.sha).toBe(sha);
    expect(sha).toHaveLength(64);
    expect(await readAll(fetched.entries())).toEqual({ a: 'a' });
    await fetched.dispose();
  });

  it('gives no date where a commit has none', async () => {
    const { folder, httpsUrl } = await fixture.server.createRepository('undated');
    const dated = await commitFiles(folder, 'main', { message: 'Dated', files: { a: 'a' } });
    const text = (await runGit(folder, ['cat-file', 'commit', dated])).replaceAll(/> .*$/gm, '>');
    const sha = await runGit(folder, ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], { input: text });
    await runGit(folder, ['update-ref', 'refs/heads/main', sha]);
    const fetched = await fetchMain(httpsUrl, fixture.https);
    await fetched.dispose();

    expect(fetched.commit).toMatchObject({ sha, authorName: 'Ada Example', authorDate: '', committerDate: '' });
  });

  it('reads a public repository anonymously', async () => {
    const open = await fixture.server.createRepository('open', { access: 'public' });
    const sha = await commitFiles(open.folder, 'main', { message: 'Open', files: { a: 'a' } });
    const { caCertificate } = fixture.https;
    const fetched = await fetchMain(open.httpsUrl, { kind: 'anonymous', caCertificate });
    await fetched.dispose();

    expect(fetched.commit.sha).toBe(sha);
  });

  it('is not disturbed by configuration, credentials or authorities of the outer environment', async () => {
    const home = join(fixture.scratch, 'hostile home');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.gitconfig'), '[url "https://127.0.0.1:1/"]\n\tinsteadOf = https://127.0.0.1\n');
    writeFileSync(join(home, '.netrc'), 'machine 127.0.0.1 login eve password wrong\n');
    const environment = { PATH: process.env.PATH, HOME: home, GIT_SSL_CAINFO: '/nonexistent', GIT_DIR: '/nonexistent' };
    const fetched = await fetchMain(repository.httpsUrl, fixture.https, { environment });
    await fetched.dispose();

    expect(fetched.commit.sha).toBe(second);
  });
});

describe('refs', () => {
  beforeAll(async () => {
    const { folder } = repository;
    for (const branch of ['feature/a/b', 'Über/Größe', 'Main', 'v1', 'HEAD2']) {
      await runGit(folder, ['update-ref', `refs/heads/${branch}`, first]);
    }
    await runGit(folder, ['update-ref', 'refs/tags/v1', second]);
    await runGit(folder, ['update-ref', 'refs/tags/light', first]);
    const identity = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(folder, ['tag', '-a', '-m', 'note', 'annotated', first], { environment: identity });
    await runGit(folder, ['tag', '-a', '-m', 'note', 'nested', 'annotated'], { environment: identity });
    await runGit(folder, ['update-ref', 'refs/pull/7/head', first]);
    await runGit(folder, ['update-ref', 'refs/merge-requests/7/head', first]);
    // `git branch` refuses such a name, but a server may hold it.
    await runGit(folder, ['update-ref', 'refs/heads/--upload-pack=touch pwned'.replace(' ', '_'), first]);
    await runGit(folder, ['tag', 'of-a-tree', `${first}^{tree}`]);
  });

  it.each([
    ['feature/a/b', 'refs/heads/feature/a/b', 'feature/a/b'],
    ['Über/Größe', 'refs/heads/Über/Größe', 'Über/Größe'],
    ['Main', 'refs/heads/Main', 'Main'],
    ['v1', 'refs/heads/v1', 'v1'],
    ['refs/heads/v1', 'refs/heads/v1', 'v1'],
    ['light', 'refs/tags/light', 'light'],
    ['annotated', 'refs/tags/annotated', 'annotated'],
    ['refs/tags/nested', 'refs/tags/nested', 'nested'],
    ['refs/pull/7/head', 'refs/pull/7/head', 'refs/pull/7/head'],
    ['refs/merge-requests/7/head', 'refs/merge-requests/7/head', 'refs/merge-requests/7/head'],
  ])('takes %s from %s', async (ref, refName, branchName) => {
    expect(await contentOf(ref)).toBe(`${first} ${refName} ${branchName}`);
  });

  it('takes the tag of a name that is also a branch when asked by its full name', async () => {
    expect(await contentOf('refs/tags/v1')).toBe(`${second} refs/tags/v1 v1`);
  });

  it('clones with a branch on the server that looks like an option, and runs nothing', async () => {
    const full = await fetchMain(repository.httpsUrl, fixture.https, { history: 'full' });
    await full.dispose();

    expect(full.commit.sha).toBe(second);
    expect(existsSync('pwned')).toBe(false);
  });

  it('lists near names of a missing branch', async () => {
    await expect(contentOf('mian')).rejects.toMatchObject({
      code: 'git/ref-missing',
      fault: 'revision-missing',
      message: expect.stringMatching(/no branch or tag "mian"\. Near names: "Main", "main"/),
    });
    await expect(contentOf('refs/tags/main')).rejects.toMatchObject({ code: 'git/ref-missing' });
  });

  it('says that a tag holds no commit', async () => {
    await expect(contentOf('of-a-tree')).rejects.toMatchObject({ code: 'git/ref-not-commit' });
  });

  it('says that a repository is empty', async () => {
    const empty = await fixture.server.createRepository('empty');
    await expect(fetchMain(empty.httpsUrl, fixture.https)).rejects.toMatchObject({
      code: 'git/repository-empty',
      fault: 'revision-missing',
    });
  });
});

describe('pinned commits', () => {
  it('takes an older commit that is still on the branch', async () => {
    expect(await contentOf('main', { pinnedCommit: first })).toBe(`${first} refs/heads/main main`);
    expect(await contentOf('main', { pinnedCommit: second })).toBe(`${second} refs/heads/main main`);
  });

  it.each(['commit', 'full'])('refuses one that was rewritten away or never was (history %s)', async (history) => {
    const orphan = await commitFiles(repository.folder, 'gone', { message: 'Gone', files: { a: 'a' } });
    await runGit(repository.folder, ['update-ref', '-d', 'refs/heads/gone']);
    for (const pinnedCommit of [orphan, 'ab'.repeat(20), 'cd'.repeat(32)]) {
      await expect(contentOf('main', { pinnedCommit, history })).rejects.toMatchObject({
        code: 'git/commit-not-on-ref',
        fault: 'revision-moved',
        message: expect.stringContaining(`${pinnedCommit} is not on refs/heads/main`),
      });
    }
  });
});

describe('a pin that is the object of an annotated tag', () => {
  let tag: string;
  let other: string;
  beforeAll(async () => {
    const { folder } = repository;
    const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(folder, ['tag', '-a', '-m', 'note', 'release', first], { environment });
    await commitFiles(folder, 'aside', { message: 'Aside', files: { a: 'a' } });
    await runGit(folder, ['tag', '-a', '-m', 'note', 'elsewhere', 'aside'], { environment });
    tag = await runGit(folder, ['rev-parse', 'refs/tags/release']);
    other = await runGit(folder, ['rev-parse', 'refs/tags/elsewhere']);
  });

  it.each(['commit', 'full'])('gives its commit, on the tag and on the branch (history %s)', async (history) => {
    expect(tag).not.toBe(first);
    expect(await contentOf('refs/tags/release', { pinnedCommit: tag, history })).toBe(
      `${first} refs/tags/release release`,
    );
    expect(await contentOf('main', { pinnedCommit: tag, history })).toBe(`${first} refs/heads/main main`);
  });

  it.each(['commit', 'full'])('is refused on a branch that lacks its commit (history %s)', async (history) => {
    await expect(contentOf('main', { pinnedCommit: other, history })).rejects.toMatchObject({
      code: 'git/commit-not-on-ref',
      message: expect.stringContaining(`${other} is not on refs/heads/main`),
    });
  });
});

describe('an old server that gives out only what a ref points at', () => {
  it('is asked by name, for the tip, an older commit and chosen paths', async () => {
    for (const setting of ['allowAnySHA1InWant', 'allowFilter']) {
      await runGit(repository.folder, ['config', `uploadpack.${setting}`, 'false']);
    }
    fixture.server.setFault({ kind: 'protocol-v0' });
    try {
      expect(await contentOf('main')).toBe(`${second} refs/heads/main main`);
      expect(await contentOf('main', { pinnedCommit: first })).toBe(`${first} refs/heads/main main`);
      expect(await contentOf('annotated')).toBe(`${first} refs/tags/annotated annotated`);
      const request = fixture.request(repository.httpsUrl, 'main', { credentials: fixture.https, paths: ['bin'] });
      const fetched = await fetchCommit(request);
      expect(await readAll(fetched.entries())).toEqual({ 'bin/run (executable)': '#!/bin/sh\n' });
      await fetched.dispose();
    } finally {
      for (const setting of ['allowAnySHA1InWant', 'allowFilter']) {
        await runGit(repository.folder, ['config', `uploadpack.${setting}`, 'true']);
      }
    }
  });
});

describe('HTTPS failures', () => {
  it.each([
    ['a wrong password', { password: 'wrong password' }, 'git/authentication-failed', 'permission'],
    ['an unknown authority', { caCertificate: '' }, 'git/certificate-unknown', 'permission'],
    ['a password of two lines', { password: 'two\nlines' }, 'git/credentials-invalid', 'configuration'],
  ])('%s', async (_name, over, code, fault) => {
    const { caCertificate, ...rest } = { ...fixture.https, ...over };
    const credentials = caCertificate === '' ? rest : { ...rest, caCertificate };
    const failure = await fetchMain(repository.httpsUrl, credentials).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code, fault });
    expect(String(failure)).not.toContain(credentials.password);
  });

  it('no credentials at all', async () => {
    const { caCertificate } = fixture.https;
    await expect(fetchMain(repository.httpsUrl, { kind: 'anonymous', caCertificate })).rejects.toMatchObject({
      code: 'git/authentication-failed',
    });
  });

  it.each([
    [{ kind: 'status', status: 403 }, 'git/authentication-failed'],
    [{ kind: 'status', status: 404 }, 'git/repository-not-found'],
    [{ kind: 'status', status: 503 }, 'git/server-error'],
    [{ kind: 'status', status: 429 }, 'git/server-error'],
    [{ kind: 'status', status: 302, headers: { location: 'https://127.0.0.1:1/login' } }, 'git/host-unreachable'],
    [{ kind: 'status', status: 302, headers: { location: 'http://169.254.169.254/x' } }, 'git/redirected'],
    [{ kind: 'truncate', afterBytes: 30 }, 'git/connection-lost'],
    [{ kind: 'refuse' }, 'git/connection-lost'],
  ] as const)('server fault %j gives %s', async (fault, code) => {
    fixture.server.setFault(fault);

    await expect(fetchMain(repository.httpsUrl, fixture.https)).rejects.toMatchObject({ code });
  });

  it('a server that is not there, and a repository that is not there', async () => {
    await expect(fetchMain('https://127.0.0.1:1/x', fixture.https)).rejects.toMatchObject({
      code: 'git/host-unreachable',
      retryable: true,
    });
    await expect(fetchMain('https://no-such-host.invalid/x', fixture.https)).rejects.toMatchObject({
      code: 'git/host-unreachable',
    });
    await expect(fetchMain(`${fixture.server.https.origin}/no/such`, fixture.https)).rejects.toMatchObject({
      code: 'git/repository-not-found',
    });
  });

  it('a server that never answers is given up after the idle and the total time, and on abort', async () => {
    fixture.server.setFault({ kind: 'hang' });

    for (const timeouts of [{ idleMs: 300 }, { totalMs: 300 }]) {
      await expect(fetchMain(repository.httpsUrl, fixture.https, { timeouts })).rejects.toMatchObject({
        code: 'git/timeout',
        message: expect.stringContaining('0.3 s'),
      });
    }
    await expect(
      fetchMain(repository.httpsUrl, fixture.https, { signal: AbortSignal.timeout(200) }),
    ).rejects.toMatchObject({
      code: 'git/aborted',
    });
    await expect(fetchMain(repository.httpsUrl, fixture.https, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'git/aborted',
    });
    expect(readdirSync(join(fixture.scratch, 'work'))).toEqual([]);
  });
});

describe.skipIf(!hasSsh)('SSH (needs ssh)', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'] as const)(
    'fetches with an %s key in every form people paste it',
    async (kind) => {
      const pair = generateKeyPair(kind);
      fixture.server.allowKey(pair.publicKey);
      const forms = [
        pair.privateKey,
        pair.privateKey.trim(),
        pair.privateKey.replaceAll('\n', '\r\n'),
        pair.privateKeyPem,
      ];
      for (const privateKey of forms) {
        if (privateKey === undefined) continue;
        const fetched = await fetchMain(repository.sshUrl, { ...fixture.ssh, privateKey });
        await fetched.dispose();
        expect(fetched.commit.sha).toBe(second);
      }
    },
  );

  it('fetches a tree', async () => {
    const fetched = await fetchMain(repository.sshUrl, fixture.ssh);
    expect(await readAll(fetched.entries())).toMatchObject({ 'README.md': 'hi\n', empty: '' });
    await fetched.dispose();
  });

  it('says that the key is refused', async () => {
    const stranger = generateKeyPair().privateKey;
    const failure = await fetchMain(repository.sshUrl, { ...fixture.ssh, privateKey: stranger }).catch(
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({ code: 'git/authentication-failed', fault: 'permission' });
    expect(String(failure)).not.toContain(stranger.split('\n')[2]);
    const { knownHosts } = fixture.server.ssh;
    await expect(fetchMain(repository.sshUrl, { kind: 'anonymous', knownHosts })).rejects.toMatchObject({
      code: 'git/authentication-failed',
    });
  });

  it('says which command prints a host key that is not known', async () => {
    const { privateKey } = fixture.ssh;
    const { port } = fixture.server.ssh;
    const elsewhere = fixture.server.ssh.knownHosts.replace('127.0.0.1', '127.0.0.2');
    for (const credentials of [{ kind: 'ssh', privateKey } as const, { ...fixture.ssh, knownHosts: elsewhere }]) {
      await expect(fetchMain(repository.sshUrl, credentials)).rejects.toMatchObject({
        code: 'git/host-key-unknown',
        fault: 'permission',
        message: expect.stringMatching(new RegExp(`ssh-keyscan -p ${port} 127\\.0\\.0\\.1.*knownHosts`)),
      });
    }
  });

  it('says that the host key has changed', async () => {
    const other = generateKeyPair().publicKey.split(' ').slice(0, 2).join(' ');
    const knownHosts = `[127.0.0.1]:${fixture.server.ssh.port} ${other}\n`;

    await expect(fetchMain(repository.sshUrl, { ...fixture.ssh, knownHosts })).rejects.toMatchObject({
      code: 'git/host-key-changed',
      fault: 'permission',
    });
  });

  it('says that the repository or the server is not there', async () => {
    await expect(fetchMain(repository.sshUrl.replace('app', 'no'), fixture.ssh)).rejects.toMatchObject({
      code: 'git/repository-not-found',
    });
    const gone = { ...fixture.ssh, knownHosts: fixture.ssh.knownHosts.replace(/:\d+/, ':1') };
    await expect(fetchMain('ssh://git@127.0.0.1:1/x', gone)).rejects.toMatchObject({ code: 'git/host-unreachable' });
  });

  it('gives up on a server that never answers, or cuts the answer', async () => {
    fixture.server.setFault({ kind: 'hang' });
    await expect(fetchMain(repository.sshUrl, fixture.ssh, { timeouts: { idleMs: 300 } })).rejects.toMatchObject({
      code: 'git/timeout',
    });
    fixture.server.setFault({ kind: 'truncate', afterBytes: 30 });
    await expect(fetchMain(repository.sshUrl, fixture.ssh)).rejects.toMatchObject({ code: 'git/connection-lost' });
  });
});

describe('the programs', () => {
  function toolFolder(name: string, tools: Readonly<Record<string, string>>): string {
    const folder = join(fixture.scratch, name);
    mkdirSync(folder, { recursive: true });
    for (const [tool, script] of Object.entries(tools)) {
      writeFileSync(join(folder, tool), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, tool), 0o755);
    }
    return folder;
  }

  it('names a missing git and a git that is too old', async () => {
    const none = { environment: { PATH: toolFolder('none', {}) } };
    await expect(fetchMain(repository.httpsUrl, fixture.https, none)).rejects.toMatchObject({
      code: 'git/git-missing',
    });
    const old = { environment: { PATH: toolFolder('old', { git: 'echo git version 2.11.0' }) } };
    await expect(fetchMain(repository.httpsUrl, fixture.https, old)).rejects.toMatchObject({
      code: 'git/git-too-old',
      message: expect.stringContaining('2.11.0'),
    });
  });

  it('names a full disk', async () => {
    const made = await fixture.server.createRepository('random');
    const content = createHash('shake256', { outputLength: 200_000 }).update('does not compress').digest();
    await commitFiles(made.folder, 'main', { message: 'Random', files: { content } });
    const real = (await runGit(fixture.scratch, ['--exec-path'])).trim();
    // A limit on file sizes stands for the full disk: git sees the same kind of failed write.
    const git = `trap '' XFSZ\nulimit -f 16\nexec '${join(real, 'git')}' "$@"`;
    const PATH = `${toolFolder('full-disk', { git })}:${process.env.PATH}`;

    await expect(fetchMain(made.httpsUrl, fixture.https, { environment: { PATH } })).rejects.toMatchObject({
      code: 'git/disk-full',
      message: expect.stringContaining('storage'),
    });
  });

  it('names a missing ssh', async () => {
    const real = (await runGit(fixture.scratch, ['--exec-path'])).trim();
    const git = `exec ${JSON.stringify(join(real, 'git'))} "$@"`;
    const PATH = toolFolder('no-ssh', { git });

    await expect(fetchMain(repository.sshUrl, fixture.ssh, { environment: { PATH } })).rejects.toMatchObject({
      code: 'git/ssh-missing',
    });
  });

  it('keeps the credential out of arguments, environment and any file others may read', async () => {
    const log = join(fixture.scratch, 'seen');
    const real = (await runGit(fixture.scratch, ['--exec-path'])).trim();
    const script = [
      `{ echo "$@"; env; ls -lR "$HOME"; find "$HOME" ! -perm 600 ! -perm 700 | sed s/^/OPEN:/; } >> '${log}'`,
      `exec ${JSON.stringify(join(real, 'git'))} "$@"`,
    ].join('\n');
    const PATH = `${toolFolder('spy', { git: script })}:${process.env.PATH}`;
    const fetched = await fetchMain(repository.httpsUrl, fixture.https, { environment: { PATH }, history: 'full' });
    await fetched.dispose();
    const seen = readFileSync(log, 'utf8');

    expect(seen).toContain('ls-remote');
    expect(seen).toContain('store');
    expect(seen).not.toContain(USER.password);
    expect(seen).not.toContain(encodeURIComponent(USER.password));
    expect(seen).not.toContain('OPEN:');
  });
});
