import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TreeEntry } from '@gitsource/events';
import {
  commitFiles,
  generateKeyPair,
  type LocalRepository,
  putLfsObject,
  runGit,
  startGitServer,
  startHttpProxy,
} from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, hasLfs, hasSsh, readAll, startFixture, USER } from '../test/git-fixture.ts';
import { fetchCommit } from './fetch-commit.ts';

let fixture: Fixture;
let app: LocalRepository;

beforeAll(async () => {
  fixture = await startFixture();
  app = await fixture.server.createRepository('team/app');
  for (const [name, branch] of [
    ['First', 'main'],
    ['Second', 'main'],
    ['Aside', 'topic/ü'],
  ] as const) {
    await commitFiles(app.folder, branch, {
      message: name,
      files: { [name]: name, 'src/a.ts': name, run: { executable: 'x' }, l: { symlink: 'run' } },
    });
  }
  const identity = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(app.folder, ['tag', '-a', '-m', 'note', 'v1', 'main~1'], { environment: identity });
});

afterAll(() => fixture.close());

async function fetchAll(url: string, ref: string, over: object = {}): Promise<Record<string, string>> {
  const fetched = await fetchCommit(fixture.request(url, ref, { credentials: fixture.https, ...over }));
  try {
    return await readAll(fetched.entries());
  } finally {
    await fetched.dispose();
  }
}

/** Writes entries as an unzip would: no empty folder survives. */
async function extract(entries: AsyncIterable<TreeEntry>): Promise<string> {
  const folder = mkdtempSync(join(fixture.scratch, 'extracted-'));
  for await (const entry of entries) {
    const file = join(folder, entry.path);
    mkdirSync(dirname(file), { recursive: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content()) chunks.push(chunk);
    if (entry.kind === 'symlink') symlinkSync(Buffer.concat(chunks).toString(), file);
    else writeFileSync(file, Buffer.concat(chunks));
    if (entry.kind === 'executable') await chmod(file, 0o755);
  }
  return folder;
}

async function cloneOf(ref: string, over: object = {}): Promise<string> {
  const request = fixture.request(app.httpsUrl, ref, { credentials: fixture.https, history: 'full', ...over });
  const fetched = await fetchCommit(request);
  const folder = await extract(fetched.entries());
  await fetched.dispose();
  return folder;
}

describe('history full', () => {
  it('gives a clone that is clean, on its branch, with all branches, tags and history', async () => {
    const folder = await cloneOf('main');

    expect(await runGit(folder, ['status', '--porcelain=v1', '--branch'])).toBe('## main...origin/main');
    const subjects = await runGit(folder, ['log', '--format=%s', '--all']);
    expect(subjects.split('\n').toSorted()).toEqual(['Aside', 'First', 'Second']);
    expect(await runGit(folder, ['describe', '--always', 'main~1'])).toBe('v1');
    expect(await runGit(folder, ['branch', '--all', '--format=%(refname)'])).toBe(
      'refs/heads/main\nrefs/remotes/origin/main\nrefs/remotes/origin/topic/ü',
    );
    expect(await runGit(folder, ['fsck', '--full', '--strict'])).toBe('');
  });

  it.each([
    ['topic/ü', '## topic/ü...origin/topic/ü'],
    ['v1', '## HEAD (no branch)'],
  ])('checks out %s', async (ref, status) => {
    const folder = await cloneOf(ref);

    expect(await runGit(folder, ['-c', 'core.quotePath=false', 'status', '--porcelain=v1', '--branch'])).toBe(status);
  });

  it('checks out a pinned commit behind its branch', async () => {
    const pinnedCommit = await runGit(app.folder, ['rev-parse', 'main~1']);
    const folder = await cloneOf('main', { pinnedCommit });

    expect(await runGit(folder, ['status', '--porcelain=v1', '--branch'])).toBe('## main...origin/main [behind 1]');
    expect(await runGit(folder, ['rev-parse', 'HEAD'])).toBe(pinnedCommit);
  });

  it('keeps nothing of the credential, this machine or the fetch in .git', async () => {
    const folder = await cloneOf('main');
    const config = await runGit(folder, ['config', '--local', '--list']);
    const { stdout } = await promisify(execFile)('find', ['.git', '-type', 'f'], { cwd: folder });
    const files = stdout
      .trim()
      .split('\n')
      .map((file) => file.replace(/[0-9a-f]{40}/, 'SHA'))
      .toSorted();
    const grep = promisify(execFile)('grep', ['-rlaE', `${USER.username}:|s3cr|${fixture.scratch}`, '.git'], {
      cwd: folder,
    });

    expect(config.split('\n').filter((line) => line.startsWith('remote.'))).toEqual([
      `remote.origin.url=${app.httpsUrl}`,
      'remote.origin.fetch=+refs/heads/*:refs/remotes/origin/*',
    ]);
    expect(config).not.toMatch(/credential|ssh|header|sslca|askpass/i);
    expect(files.filter((file) => !file.includes('objects/pack/'))).toEqual(
      ['.git/HEAD', '.git/config', '.git/index', '.git/packed-refs', '.git/refs/heads/main'].toSorted(),
    );
    await expect(grep).rejects.toMatchObject({ code: 1, stdout: '' });
  });
});

describe('paths', () => {
  it('of a whole clone leave the others out of the work tree, and it stays clean', async () => {
    const folder = await cloneOf('main', { paths: ['src', 'run'] });
    const { stdout } = await promisify(execFile)(
      'find',
      ['.', '-path', './.git', '-prune', '-o', '-type', 'f', '-print'],
      { cwd: folder },
    );

    expect(stdout.trim().split('\n').toSorted()).toEqual(['./run', './src/a.ts']);
    expect(await runGit(folder, ['status', '--porcelain'])).toBe('');
    await expect(cloneOf('main', { paths: ['no*'] })).rejects.toMatchObject({ code: 'git/path-missing' });
  });

  it('gives only what is at and below them', async () => {
    expect(await fetchAll(app.httpsUrl, 'main', { paths: ['./src/', 'First'] })).toEqual({
      First: 'First',
      'src/a.ts': 'Second',
    });
  });

  it('transfers nothing else', async () => {
    const mono = await fixture.server.createRepository('mono');
    const big = createHash('shake256', { outputLength: 300_000 }).update('does not compress').digest();
    await commitFiles(mono.folder, 'main', { message: 'Mono', files: { 'big/file': big, 'small/file': 'small' } });
    const request = fixture.request(mono.httpsUrl, 'main', { credentials: fixture.https, paths: ['small'] });
    const fetched = await fetchCommit(request);
    const { stdout } = await promisify(execFile)('du', ['-sb', request.workFolder]);
    expect(await readAll(fetched.entries())).toEqual({ 'small/file': 'small' });
    await fetched.dispose();

    expect(Number.parseInt(stdout, 10)).toBeLessThan(100_000);
  });

  it('names each path that matches nothing', async () => {
    await expect(
      fetchAll(app.httpsUrl, 'main', { paths: ['src', 'Src', '../etc', ':(glob)**'] }),
    ).rejects.toMatchObject({
      code: 'git/path-missing',
      fault: 'configuration',
    });
    await expect(fetchAll(app.httpsUrl, 'main', { paths: ['src', 'Src', ':(glob)**'] })).rejects.toThrow(
      '"Src", ":(glob)**"',
    );
  });
});

describe('submodules', () => {
  let library: LocalRepository;
  let inner: LocalRepository;
  let outer: LocalRepository;

  async function withSubmodules(name: string, links: readonly { path: string; url: string; sha: string }[]) {
    const made = await fixture.server.createRepository(name);
    const sections = links.map(({ path, url }) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`);
    const files = { '.gitmodules': sections.join(''), [`in ${name}`]: name, zzz: 'last' };
    const gitlinks = Object.fromEntries(links.map(({ path, sha }) => [path, { submodule: sha }]));
    const sha = await commitFiles(made.folder, 'main', { message: name, files: { ...files, ...gitlinks } });
    return { ...made, sha };
  }

  beforeAll(async () => {
    inner = await fixture.server.createRepository('team/inner');
    const innerSha = await commitFiles(inner.folder, 'main', { message: 'Inner', files: { 'inner.txt': 'inner' } });
    await commitFiles(inner.folder, 'main', { message: 'Newer', files: { 'inner.txt': 'newer' } });
    const made = await withSubmodules('team/library', [{ path: 'deep', url: '../inner', sha: innerSha }]);
    library = made;
    outer = await withSubmodules('team/outer', [
      { path: 'vendor/library', url: '../library.git', sha: made.sha },
      { path: 'other', url: inner.httpsUrl, sha: innerSha },
    ]);
  });

  const own = { '.gitmodules': expect.any(String), 'in team/outer': 'team/outer', zzz: 'last' };
  const direct = {
    'vendor/library/.gitmodules': expect.any(String),
    'vendor/library/in team/library': 'team/library',
    'vendor/library/zzz': 'last',
    'other/inner.txt': 'inner',
  };

  it.each([
    ['none', own],
    ['direct', { ...own, ...direct }],
    ['recursive', { ...own, ...direct, 'vendor/library/deep/inner.txt': 'inner' }],
  ])('%s', async (submodules, expected) => {
    expect(await fetchAll(outer.httpsUrl, 'main', { submodules })).toEqual(expected);
  });

  it.skipIf(!hasSsh)('follows relative URLs over SSH (needs ssh)', async () => {
    const credentials = fixture.ssh;
    const paths = ['vendor'];
    expect(await fetchAll(outer.sshUrl, 'main', { submodules: 'recursive', credentials, paths })).toEqual({
      ...Object.fromEntries(Object.entries(direct).filter(([path]) => path.startsWith('vendor'))),
      'vendor/library/deep/inner.txt': 'inner',
    });
  });

  it('come with a whole clone, which stays clean', async () => {
    const request = fixture.request(outer.httpsUrl, 'main', {
      credentials: fixture.https,
      history: 'full',
      submodules: 'direct',
    });
    const fetched = await fetchCommit(request);
    const folder = await extract(fetched.entries());
    await fetched.dispose();

    expect(await runGit(folder, ['status', '--porcelain'])).toBe('');
  });

  it('shows no credential to another server', async () => {
    const other = await startGitServer({ folder: join(fixture.scratch, 'other server') });
    try {
      other.allowUser(USER.username, USER.password);
      const theirs = await other.createRepository('theirs');
      const sha = await commitFiles(theirs.folder, 'main', { message: 'Theirs', files: { a: 'a' } });
      const made = await withSubmodules('team/crossing', [{ path: 'x', url: theirs.httpsUrl, sha }]);
      await expect(fetchAll(made.httpsUrl, 'main', { submodules: 'direct' })).rejects.toMatchObject({
        code: 'git/submodule-failed',
        message: expect.stringMatching(/^Submodule "x": .*(certificate|refused access)/),
      });
    } finally {
      await other.close();
    }
  });

  it.each([
    ['ext::sh -c touch% pwned', /Git URL/],
    ['file:///etc', /Git URL/],
    ['-oProxyCommand=x', /Git URL/],
    ['../../../../x', /Git URL|no repository/],
    ['https://127.0.0.1:1/x', /cannot be reached/],
  ])('refuses %s and names the submodule', async (url, message) => {
    const name = `team/bad-${Buffer.from(url).toString('hex').slice(0, 20)}`;
    const made = await withSubmodules(name, [{ path: 'lib/x', url, sha: 'ab'.repeat(20) }]);
    const failure = fetchAll(made.httpsUrl, 'main', { submodules: 'direct' });

    await expect(failure).rejects.toMatchObject({
      code: 'git/submodule-failed',
      message: expect.stringMatching(message),
    });
    await expect(failure).rejects.toThrow('Submodule "lib/x"');
  });

  it('names a submodule whose commit was never pushed, and one without a URL', async () => {
    const lost = await withSubmodules('team/lost', [{ path: 'x', url: '../inner', sha: 'ab'.repeat(20) }]);
    await expect(fetchAll(lost.httpsUrl, 'main', { submodules: 'direct' })).rejects.toMatchObject({
      code: 'git/submodule-failed',
      fault: 'revision-missing',
    });
    const bare = await fixture.server.createRepository('team/bare');
    await commitFiles(bare.folder, 'main', { message: 'Bare', files: { x: { submodule: 'ab'.repeat(20) } } });
    await expect(fetchAll(bare.httpsUrl, 'main', { submodules: 'direct' })).rejects.toThrow(
      /no path and URL in \.gitmodules/,
    );
  });

  it('stops at a nesting that no repository needs', async () => {
    let { sha, httpsUrl } = { sha: 'ab'.repeat(20), httpsUrl: library.httpsUrl };
    for (let depth = 0; depth < 13; depth++) {
      ({ sha, httpsUrl } = await withSubmodules(`nest/${depth}`, [{ path: 's', url: httpsUrl, sha }]));
    }

    await expect(fetchAll(httpsUrl, 'main', { submodules: 'recursive' })).rejects.toThrow(
      /nested more than 10 deep at s\/s\//,
    );
  });
});

describe('attributes', () => {
  it('of folders above the paths count, and a submodule has its own', async () => {
    const inner = await fixture.server.createRepository('attributes/inner');
    const own = { '.gitattributes': 'x ident\n', x: '$Id$\n', 'a.bat': 'x\n' };
    const sha = await commitFiles(inner.folder, 'main', { message: 'Inner', files: own });
    const outer = await fixture.server.createRepository('attributes/outer');
    const files = {
      '.gitattributes': '[attr]windows eol=crlf\n*.bat windows\n',
      '.gitmodules': '[submodule "m"]\n\tpath = deep/er/m\n\turl = ../inner\n',
      'a.bat': 'not asked for\n',
      'deep/.gitattributes': 'b.bat !eol\n',
      'deep/er/a.bat': 'a\n',
      'deep/er/b.bat': 'b\n',
      'deep/er/m': { submodule: sha },
    };
    await commitFiles(outer.folder, 'main', { message: 'Outer', files });

    const fetched = await fetchAll(outer.httpsUrl, 'main', { paths: ['deep/er'], submodules: 'direct' });

    const blob = await runGit(inner.folder, ['rev-parse', 'main:x']);
    expect(fetched).toEqual({
      'deep/er/a.bat': 'a\r\n',
      'deep/er/b.bat': 'b\n',
      'deep/er/m/.gitattributes': 'x ident\n',
      'deep/er/m/a.bat': 'x\n',
      'deep/er/m/x': `$Id: ${blob} $\n`,
    });
  });
});

describe('lfs', () => {
  it('says that git-lfs is missing where it is', async () => {
    const real = (await runGit(fixture.scratch, ['--exec-path'])).trim();
    const PATH = join(fixture.scratch, 'without lfs');
    mkdirSync(PATH, { recursive: true });
    writeFileSync(join(PATH, 'git'), `#!/bin/sh\n[ "$1" = lfs ] && exit 1\nexec '${join(real, 'git')}' "$@"\n`, {
      mode: 0o755,
    });

    await expect(fetchAll(app.httpsUrl, 'main', { lfs: true, environment: { PATH } })).rejects.toMatchObject({
      code: 'git/lfs-missing',
      message: expect.stringContaining('set GitLfs to false'),
    });
  });

  it.skipIf(!hasLfs).each([{ history: 'commit' }, { history: 'full' }, { history: 'commit', paths: ['media'] }])(
    'puts contents in the place of pointers, %j (needs git-lfs)',
    async (over) => {
      const made = await fixture.server.createRepository(`lfs-${JSON.stringify(over).replace(/\W/g, '')}`);
      const pointer = putLfsObject(made.folder, 'large content');
      const files = { '.gitattributes': '*.bin filter=lfs\n', 'media/a.bin': pointer, 'media/small': 'small' };
      await commitFiles(made.folder, 'main', { message: 'LFS', files });

      const all = await fetchAll(made.httpsUrl, 'main', { lfs: true, ...over });
      expect(all).toMatchObject({ 'media/a.bin': 'large content', 'media/small': 'small' });
      expect(await fetchAll(made.httpsUrl, 'main', over)).toMatchObject({ 'media/a.bin': pointer });
    },
  );

  it.skipIf(!hasLfs)('converts what no pointer stands for (needs git-lfs)', async () => {
    const made = await fixture.server.createRepository('lfs-converted');
    const pointer = putLfsObject(made.folder, 'large\ncontent');
    const files = { '.gitattributes': '*.txt filter=lfs eol=crlf\n', 'a.txt': pointer, 'b.txt': 'small\n' };
    await commitFiles(made.folder, 'main', { message: 'LFS', files });

    const all = await fetchAll(made.httpsUrl, 'main', { lfs: true });
    expect(all).toMatchObject({ 'a.txt': 'large\ncontent', 'b.txt': 'small\r\n' });
  });

  it.skipIf(!hasLfs)('leaves a whole clone clean (needs git-lfs)', async () => {
    const made = await fixture.server.createRepository('lfs-clean');
    const files = { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': putLfsObject(made.folder, 'large content') };
    await commitFiles(made.folder, 'main', { message: 'LFS', files });
    const request = fixture.request(made.httpsUrl, 'main', { credentials: fixture.https, history: 'full', lfs: true });
    const fetched = await fetchCommit(request);
    const folder = await extract(fetched.entries());
    await fetched.dispose();

    expect(await runGit(folder, ['status', '--porcelain'])).toBe('');
    expect(await runGit(folder, ['config', '--local', '--list'])).not.toMatch(/s3cr|credential|sslca/i);
  });

  it.skipIf(!hasLfs)('names a content that the server does not have (needs git-lfs)', async () => {
    const made = await fixture.server.createRepository('lfs-lost');
    const other = await fixture.server.createRepository('lfs-other');
    const files = { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': putLfsObject(other.folder, 'elsewhere') };
    await commitFiles(made.folder, 'main', { message: 'LFS', files });

    await expect(fetchAll(made.httpsUrl, 'main', { lfs: true })).rejects.toMatchObject({ code: 'git/lfs-failed' });
  });
});

describe('proxy', () => {
  it('is used when the environment names one, unless NO_PROXY excepts the host', async () => {
    const proxy = await startHttpProxy();
    try {
      const environment = { PATH: process.env.PATH, https_proxy: proxy.url };
      await fetchAll(app.httpsUrl, 'main', { environment });
      expect(proxy.connects.length).toBeGreaterThan(0);
      expect(new Set(proxy.connects)).toEqual(new Set([new URL(app.httpsUrl).host]));
      const before = proxy.connects.length;
      await fetchAll(app.httpsUrl, 'main', { environment: { ...environment, NO_PROXY: '127.0.0.1' } });
      expect(proxy.connects.length).toBe(before);
      proxy.refuse(403);
      await expect(fetchAll(app.httpsUrl, 'main', { environment })).rejects.toMatchObject({
        code: 'git/host-unreachable',
        message: expect.stringContaining('proxy'),
      });
    } finally {
      await proxy.close();
    }
  });
});

describe('hostile trees', () => {
  it.each(['commit', 'full'] as const)('are refused where a name is not UTF-8 (history %s)', async (history) => {
    const made = await fixture.server.createRepository(`latin-${history}`);
    const blob = await runGit(made.folder, ['hash-object', '-w', '--stdin'], { input: 'x' });
    const input = Buffer.from(`100644 blob ${blob}\t\xe9\0`, 'latin1');
    const tree = await runGit(made.folder, ['mktree', '-z'], { input });
    const text = `tree ${tree}\nauthor E <e@e> 1 +0000\ncommitter E <e@e> 1 +0000\n\nx\n`;
    const commit = await runGit(made.folder, ['hash-object', '-t', 'commit', '-w', '--stdin'], { input: text });
    await runGit(made.folder, ['update-ref', 'refs/heads/main', commit]);

    await expect(fetchAll(made.httpsUrl, 'main', { history })).rejects.toMatchObject({
      code: 'git/path-unsafe',
      message: expect.stringContaining('"é" is not UTF-8'),
    });
  });

  it('are refused by the path they hold', async () => {
    const made = await fixture.server.createRepository('hostile');
    const blob = await runGit(made.folder, ['hash-object', '-w', '--stdin'], { input: 'x' });
    for (const name of ['..', '.git', '.GIT']) {
      const inner = await runGit(made.folder, ['mktree', '-z'], { input: `100644 blob ${blob}\tconfig\0` });
      const tree = await runGit(made.folder, ['mktree', '-z'], { input: `040000 tree ${inner}\t${name}\0` });
      const identity = {
        GIT_AUTHOR_NAME: 'E',
        GIT_AUTHOR_EMAIL: 'e@example.com',
        GIT_COMMITTER_NAME: 'E',
        GIT_COMMITTER_EMAIL: 'e@example.com',
      };
      const commit = await runGit(made.folder, ['commit-tree', '-m', 'Evil', tree], { environment: identity });
      await runGit(made.folder, ['update-ref', 'refs/heads/main', commit]);
      await expect(fetchAll(made.httpsUrl, 'main')).rejects.toMatchObject({
        code: 'git/path-unsafe',
        message: expect.stringContaining(`"${name}/config"`),
      });
    }
  });
});

describe.skipIf(!hasSsh)('a server with an RSA or ECDSA host key (needs ssh)', () => {
  it.each(['rsa', 'ecdsa'] as const)('%s', async (hostKey) => {
    const server = await startGitServer({ folder: join(fixture.scratch, `host-${hostKey}`), hostKey });
    try {
      const pair = generateKeyPair();
      server.allowKey(pair.publicKey);
      const made = await server.createRepository('x');
      await commitFiles(made.folder, 'main', { message: 'X', files: { a: hostKey } });
      const credentials = { kind: 'ssh', privateKey: pair.privateKey, knownHosts: server.ssh.knownHosts };
      expect(await fetchAll(made.sshUrl, 'main', { credentials })).toEqual({ a: hostKey });
    } finally {
      await server.close();
    }
  });
});
