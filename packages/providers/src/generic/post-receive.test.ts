import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commitFiles, runGit } from '@gitsource/local-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery.ts';
import { verifyDelivery } from '../verify-delivery.ts';
import { generic } from './index.ts';

const HOOK = fileURLToPath(new URL('../../../../hooks/post-receive', import.meta.url));
const SECRET = 'correct horse battery staple';
const WHSEC = `whsec_${Buffer.from([0, 54, 92, 255, 10, 13, 0, 200, 37, 54]).toString('base64')}`;
const isInstalled = (program: string) => spawnSync(program, ['--help']).error === undefined;
const MISSING = ['curl', 'openssl'].filter((program) => !isInstalled(program));
const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash', '/bin/busybox sh'];

/** The reply to each attempt in turn, the last one for all that follow. */
let replies: number[];
let received: Delivery[];
let server: Server;
let folder: string;
let origin: string;
let work: string;

const answer: RequestListener = (request, response) => {
  void readAll(request).then((body) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ headers, body, sourceIp: '127.0.0.1' });
    response.writeHead((replies.length > 1 ? replies.shift() : replies[0]) ?? 202).end();
  });
};

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listen(on: Server): Promise<number> {
  await new Promise<void>((resolve) => on.listen(0, '127.0.0.1', resolve));
  return (on.address() as AddressInfo).port;
}

beforeEach(async () => {
  replies = [202];
  received = [];
  server = createServer(answer);
  folder = mkdtempSync(join(tmpdir(), 'gitsource-hook-'));
  work = join(folder, 'work.git');
  origin = await bareRepository('shop.git', `http://127.0.0.1:${await listen(server)}/webhooks/my-git`);
  await runGit(folder, ['init', '-q', '--bare', 'work.git']);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function bareRepository(name: string, url: string, options: readonly string[] = []): Promise<string> {
  await runGit(folder, ['init', '-q', '--bare', ...options, name]);
  const path = join(folder, name);
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 });
  await configure(path, { url, secretFile: join(folder, 'secret'), repositoryPath: 'acme/shop' });
  installHook(path, readFileSync(HOOK, 'utf8'));
  return path;
}

function installHook(repository: string, script: string): void {
  writeFileSync(join(repository, 'hooks/post-receive'), script);
  chmodSync(join(repository, 'hooks/post-receive'), 0o755);
}

async function configure(repository: string, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await runGit(repository, ['config', name.includes('.') ? name : `gitsource.${name}`, value]);
  }
}

/** Pushes, and returns the lines that the hook wrote; a push that fails throws. */
async function push(refspecs: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stderr } = await promisify(execFile)('git', ['push', '--quiet', origin, ...refspecs], {
    cwd: work,
    env: { ...process.env, ...environment },
  });
  const lines = stderr.split('\n').filter((line) => line.startsWith('remote: '));
  return lines.map((line) => line.slice('remote: '.length).trimEnd()).join('\n');
}

const verify = (delivery: Delivery | undefined, secret = SECRET) =>
  verifyDelivery(
    generic,
    delivery ?? { headers: {}, body: new Uint8Array(), sourceIp: '' },
    { secrets: [secret], previousSecrets: [], allowSha1: false },
    Date.now(),
  );

/** The changes of the only delivery, once its signature has been found good. */
function changes() {
  const [delivery, ...others] = received;
  if (delivery === undefined || others.length > 0) throw new Error(`${received.length} deliveries came`);
  expect(verify(delivery)).toEqual({ ok: true });
  return generic.webhook.parse(delivery, { host: 'git.example.com' }).changes;
}

const commit = (files: Parameters<typeof commitFiles>[2]['files'], message = 'A commit', branch = 'main') =>
  commitFiles(work, branch, { message, files });

describe.skipIf(MISSING.length > 0)(`hooks/post-receive (needs curl and openssl; missing: ${MISSING.join()})`, () => {
  it('tells of the first push to an empty repository', async () => {
    const sha = await commit({ 'a.txt': 'a' }, 'Price in euros\n\nAnd "cents" too.\n');

    const shown = await push(['main']);

    expect(shown).toMatch(/^gitsource: delivery hook-[0-9a-f]{32} was accepted$/);
    expect(changes()).toEqual([
      {
        repository: expect.objectContaining({ host: 'git.example.com', path: 'acme/shop', name: 'shop' }),
        ref: 'refs/heads/main',
        refType: 'branch',
        refName: 'main',
        after: sha,
        created: true,
        deleted: false,
        forced: false,
        headCommit: {
          sha,
          subject: 'Price in euros',
          authorName: 'Ada Example',
          authorEmail: 'ada@example.com',
          committedAt: '2026-01-31T09:15:00+01:00',
        },
        changedPaths: [],
        changedPathsComplete: false,
        skipCi: false,
      },
    ]);
  });

  it('tells of several refs at once: update, new branch, annotated tag, deletion', async () => {
    const first = await commit({ 'a.txt': 'a', 'old/b.txt': 'b' });
    await push(['main', 'main:gone']);
    received.length = 0;
    const second = await commit({ 'a.txt': 'changed', 'old/b.txt': null, 'new/b.txt': 'b' }, 'Move\n\n[skip ci]');
    await runGit(work, ['-c', 'user.name=Ada', '-c', 'user.email=a@b', 'tag', '-a', '-m', 'One', 'v1', 'main']);

    await push(['main', 'main:feature/x', 'v1', ':gone']);

    const byRef = Object.fromEntries(changes().map((change) => [change.ref, change]));
    expect(Object.keys(byRef).toSorted()).toEqual([
      'refs/heads/feature/x',
      'refs/heads/gone',
      'refs/heads/main',
      'refs/tags/v1',
    ]);
    expect(byRef['refs/heads/main']).toMatchObject({ before: first, after: second, forced: false, skipCi: true });
    expect(byRef['refs/heads/main']).toMatchObject({
      changedPaths: ['a.txt', 'new/b.txt', 'old/b.txt'],
      changedPathsComplete: true,
    });
    expect(byRef['refs/heads/feature/x']).toMatchObject({ created: true, after: second, changedPathsComplete: false });
    expect(byRef['refs/tags/v1']).toMatchObject({ created: true, after: second, refType: 'tag' });
    expect(byRef['refs/heads/gone']).toMatchObject({ deleted: true, before: first });
    expect(byRef['refs/heads/gone']).not.toHaveProperty('headCommit');
  });

  it('says when a branch was forced', async () => {
    await commit({ 'a.txt': 'a' });
    await commit({ 'b.txt': 'b' });
    await push(['main']);
    await runGit(work, ['update-ref', 'refs/heads/main', 'main~1']);
    const sha = await commit({ 'c.txt': 'c' });
    received.length = 0;

    await push(['+main']);

    expect(changes()).toMatchObject([{ after: sha, forced: true, changedPaths: ['b.txt', 'c.txt'] }]);
  });

  it('sends any name and message as JSON that means the same', async () => {
    await commit({ 'a.txt': 'a' });
    await push(['main']);
    received.length = 0;
    const names = [
      'line\nend',
      'quote"s',
      'back\\slash',
      'tab\tand\u0001bell\u0007',
      'überraschung/日本.txt',
      '🎉',
      '-x',
    ];
    names.push('$(touch x)', '`x`', '%s%n', '\u007f', ' blank ', '\\u0041', '\ufffd');
    const message = 'Ünïcode "quoted" \\ 🎉 \u0002 $(id) %s\n\nbody';
    await commit(Object.fromEntries(names.map((name) => [name, 'x'])), message, 'main');
    await runGit(work, ['update-ref', 'refs/heads/ünï/日本"$(x)', 'main']);

    await push(['main', 'refs/heads/ünï/日本"$(x)']);

    const [main, odd] = changes();
    expect(main?.changedPaths.toSorted()).toEqual(names.toSorted());
    expect(main?.headCommit?.subject).toBe(message.split('\n')[0]);
    expect(odd?.refName).toBe('ünï/日本"$(x)');
  });

  it('replaces bytes that are not UTF-8, and keeps the body readable', async () => {
    await commit({ 'a.txt': 'a' });
    await push(['main']);
    received.length = 0;
    const blob = await runGit(work, ['hash-object', '-w', '--stdin'], { input: 'x' });
    const names = [[0x61, 0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x62], [0xe2, 0x82, 0x63]];
    const entries = names.map((bytes) =>
      Buffer.concat([Buffer.from(`100644 blob ${blob}\t`), Buffer.from([...bytes, 0])]),
    );
    const tree = await runGit(work, ['mktree', '-z'], { input: Buffer.concat(entries) });
    const commitText = Buffer.concat([
      Buffer.from(`tree ${tree}\nparent ${await runGit(work, ['rev-parse', 'main'])}\n`),
      Buffer.from(
        'author J\xfcrgen <j@x> 1769846400 +0100\ncommitter J <j@x> 1769846400 +0100\nencoding ISO-8859-1\n',
        'latin1',
      ),
      Buffer.from('\nStra\xdfe\n', 'latin1'),
    ]);
    const sha = await runGit(work, ['hash-object', '-w', '-t', 'commit', '--stdin'], { input: commitText });
    await runGit(work, ['update-ref', 'refs/heads/main', sha]);

    await push(['main']);

    const [main] = changes();
    expect(main?.headCommit).toMatchObject({ subject: 'Straße', authorName: 'Jürgen' });
    expect(main?.changedPaths.toSorted()).toEqual(
      ['a.txt', ...names.map((bytes) => Buffer.from(bytes).toString('utf8'))].toSorted(),
    );
    expect(Buffer.from(received[0]?.body ?? []).every((byte) => byte >= 0x20 && byte < 0x7f)).toBe(true);
  });

  it('lists 3,000 paths, and cuts 20,000 openly', async () => {
    await commit({ 'a.txt': 'a' });
    await push(['main']);
    received.length = 0;
    const files = (count: number, prefix: string) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${prefix}/file-${index}`, { submodule: '1'.repeat(40) }]),
      );
    await commit(files(3000, 'some'));
    await push(['main']);
    expect(changes()).toMatchObject([{ changedPathsComplete: true }]);
    expect(changes()[0]?.changedPaths).toHaveLength(3000);
    received.length = 0;
    await commit(files(20_000, 'many'));

    await push(['main']);

    const [change] = changes();
    expect(change?.changedPathsComplete).toBe(false);
    expect(change?.changedPaths).toHaveLength(5000);
    expect(change?.changedPaths.every((path) => /^many\/file-\d+$/.test(path))).toBe(true);
  });

  it('leaves out no path and cuts none in two where the bytes run out first', async () => {
    await commit({ 'a.txt': 'a' });
    await push(['main']);
    received.length = 0;
    const long = (index: number) => `${index}/${'x'.repeat(200)}/${'y'.repeat(200)}`;
    await commit(
      Object.fromEntries(Array.from({ length: 900 }, (_, index) => [long(index), { submodule: '1'.repeat(40) }])),
    );

    await push(['main']);

    const [change] = changes();
    expect(change?.changedPathsComplete).toBe(false);
    expect(change?.changedPaths.length).toBeGreaterThan(700);
    expect(new Set(change?.changedPaths.map((path) => path.replace(/^\d+/, 'n')))).toEqual(
      new Set([long(0).replace(/^0/, 'n')]),
    );
  });

  it('tells of 3,000 refs in one delivery, those without details that would take too long', async () => {
    const first = await commit({ 'a.txt': 'a' });
    await push(['main']);
    received.length = 0;
    const last = await commit({ 'b.txt': 'b' });
    const begin = performance.now();

    await push(['main', ...Array.from({ length: 3000 }, (_, index) => `main:refs/tags/v${index}`)]);

    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(changes()).toHaveLength(3001);
    expect(changes().every(({ after }) => after === last)).toBe(true);
    expect(changes().find(({ ref }) => ref === 'refs/heads/main')).toMatchObject({ before: first });
  });

  it('gives an empty message as such, and leaves out a tag of something that is no commit', async () => {
    const tree = await runGit(work, ['mktree'], { input: '' });
    const blob = await runGit(work, ['hash-object', '-w', '--stdin'], { input: 'x' });
    const sha = await runGit(work, ['commit-tree', tree], { environment: { ...IDENTITY }, input: '' });
    await runGit(work, ['update-ref', 'refs/heads/main', sha]);

    const shown = await push(['main', `${blob}:refs/tags/key`]);

    expect(changes()).toMatchObject([{ ref: 'refs/heads/main', headCommit: { sha, subject: '', authorName: 'Ada' } }]);
    expect(shown).toContain('gitsource: a ref that leads to no commit was left out');
  });

  it('reads a repository whose object names are SHA-256', async () => {
    origin = await bareRepository('sha256.git', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, [
      '--object-format=sha256',
    ]);
    rmSync(work, { recursive: true });
    await runGit(folder, ['init', '-q', '--bare', '--object-format=sha256', 'work.git']);
    const tree = await runGit(work, ['mktree'], { input: '' });
    const sha = await runGit(work, ['commit-tree', '-m', 'x', tree], { environment: { ...IDENTITY } });
    await runGit(work, ['update-ref', 'refs/heads/main', sha]);

    await push(['main']);

    expect(sha).toHaveLength(64);
    expect(changes()).toMatchObject([{ after: sha, created: true }]);
  });

  it('names the repository after its folder, and sends the URLs that are configured', async () => {
    await runGit(origin, ['config', '--unset', 'gitsource.repositoryPath']);
    await configure(origin, { httpsUrl: 'https://git.example.org/shop.git', sshUrl: 'ssh://git@git.example.org/shop' });
    await commit({ 'a.txt': 'a' });

    await push(['main']);

    expect(changes()[0]?.repository).toMatchObject({
      host: 'git.example.org',
      path: 'shop',
      httpsUrl: 'https://git.example.org/shop.git',
      sshUrl: 'ssh://git@git.example.org/shop',
    });
  });
});

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

describe.skipIf(MISSING.length > 0)(
  `the signature of hooks/post-receive (needs ${MISSING.join() || 'nothing more'})`,
  () => {
    const useSecret = (text: string) => writeFileSync(join(folder, 'secret'), text, { mode: 0o600 });

    it.each([
      ['one byte', '6'],
      ['64 bytes', '6\\%s$x"\''.repeat(8)],
      ['65 bytes', 'k'.repeat(65)],
      ['200 bytes that are not ASCII', 'ü'.repeat(100)],
      ['blanks at its ends', '  a secret  '],
      ['a whsec_ key with every sort of byte', WHSEC],
      ['a whsec_ key of 100 bytes', `whsec_${Buffer.alloc(100, 0xf6).toString('base64')}`],
      ['a whsec_ key without padding, URL-safe', `whsec_${Buffer.from([251, 255, 254, 1]).toString('base64url')}`],
    ])('is right for a secret of %s', async (_, secret) => {
      useSecret(`${secret}\r\n`);
      await commit({ 'a.txt': 'a' });

      await push(['main']);

      expect(verify(received[0], secret)).toEqual({ ok: true });
      expect(verify(received[0], 'another')).toMatchObject({ ok: false });
    });

    it.each(SHELLS.filter((shell) => isInstalled(shell.split(' ')[0] ?? '')))('is right in %s', async (shell) => {
      installHook(origin, readFileSync(HOOK, 'utf8').replace('#!/bin/sh', `#!${shell}`));
      useSecret(WHSEC);
      await commit({ 'a.txt': 'a' }, 'Ünï "x"\n\nmore');

      await push(['main']);

      expect(verify(received[0], WHSEC)).toEqual({ ok: true });
      expect(JSON.parse(Buffer.from(received[0]?.body ?? []).toString())).toMatchObject({
        changes: [{ headCommit: { message: 'Ünï "x"\n\nmore' } }],
      });
    });

    it('shows the secret to no other program, in arguments or environment, even where names of ours were exported', async () => {
      const shims = join(folder, 'shims');
      const seen = join(folder, 'seen');
      mkdirSync(shims);
      for (const name of ['curl', 'openssl', 'awk', 'od', 'ls', 'tr', 'head', 'date', 'sleep', 'git', 'printf']) {
        const real = spawnSync('/bin/sh', ['-c', `command -v -- ${name} | grep / || echo /usr/bin/${name}`]);
        const script = `#!/bin/sh\n{ echo "ran: ${name}"; for word in "$@"; do echo "$word"; done; env; } >>'${seen}'\nexec ${real.stdout.toString().trim()} "$@"\n`;
        writeFileSync(join(shims, name), script, { mode: 0o755 });
      }
      const key = Buffer.from('the decoded key of this test');
      const secret = `whsec_${key.toString('base64')}`;
      useSecret(secret);
      await commit({ 'a.txt': 'a' });
      const exported = {
        secret: '1',
        key_bytes: '1',
        inner_pad: '1',
        outer_pad: '1',
        unpadded: '1',
        SHELLOPTS: 'xtrace',
      };

      const shown = await push(['main'], { PATH: `${shims}${delimiter}${process.env.PATH}`, ...exported });

      expect(verify(received[0], secret)).toEqual({ ok: true });
      const text = readFileSync(seen, 'utf8') + shown;
      for (const program of ['curl', 'openssl', 'awk', 'od']) expect(text).toContain(`ran: ${program}\n`);
      expect(text).toContain('webhook-signature: v1,');
      const decimals = [...key].join(' ');
      const escapes = [...key].map((byte) => `\\0${(byte ^ 0x36).toString(8).padStart(3, '0')}`).join('');
      for (const form of [secret, secret.slice(6).replace(/=+$/, ''), key.toString(), decimals, escapes])
        expect(text).not.toContain(form);
    });

    it('is refused under another secret, and the person who pushes is told', async () => {
      replies = [401];
      await commit({ 'a.txt': 'a' });

      const shown = await push(['main']);

      expect(verify(received[0], 'another')).toMatchObject({ ok: false, reason: 'signature-wrong' });
      expect(shown).toMatch(
        /^gitsource: the webhook receiver refused the signature \(401\).*; the push itself is complete$/,
      );
      expect(received).toHaveLength(1);
    });
  },
);

describe.skipIf(MISSING.length > 0)(`sending by hooks/post-receive (needs ${MISSING.join() || 'nothing more'})`, () => {
  beforeEach(async () => {
    await commit({ 'a.txt': 'a' });
  });

  it('tries again after a 5xx, with the same webhook-id', async () => {
    replies = [500, 503, 202];

    const shown = await push(['main']);

    expect(shown).toContain('was accepted');
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(received.map((delivery) => verify(delivery))).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });

  it('lets the push succeed where nobody listens', async () => {
    server.close();

    const shown = await push(['main']);

    expect(shown).toMatch(
      /^gitsource: the webhook receiver was not reached: curl: \(7\) .*; the push itself is complete$/,
    );
    expect(await runGit(origin, ['rev-parse', 'main'])).toMatch(/^[0-9a-f]{40}$/);
  });

  it('ends after ten seconds where the receiver never answers', async () => {
    server.removeAllListeners('request');
    const begin = performance.now();

    const shown = await push(['main']);

    expect(shown).toContain('the webhook receiver was not reached: curl: (28)');
    expect(performance.now() - begin).toBeLessThan(14_000);
  });

  it('follows no redirect', async () => {
    replies = [302];

    const shown = await push(['main']);

    expect(shown).toContain('the webhook receiver answered 302');
    expect(received).toHaveLength(1);
  });

  it('checks certificates, by the authority that git is told of', async () => {
    const key = join(folder, 'key.pem');
    const certificate = join(folder, 'certificate.pem');
    const subject = ['-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
    const secure = createHttpsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer);
    try {
      await configure(origin, { url: `https://127.0.0.1:${await listen(secure)}/webhooks/my-git` });
      expect(await push(['main'])).toContain('curl: (60)');
      expect(received).toEqual([]);
      await configure(origin, { 'http.sslCAInfo': certificate });

      expect(await push(['main:other'])).toContain('was accepted');
      expect(changes()).toMatchObject([{ refName: 'other' }]);
    } finally {
      secure.close();
    }
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['gitsource.url must begin with https://', { url: 'http://git.example.com/webhooks/x' }],
    ['gitsource.url must begin with https://', { url: '--output=/tmp/x' }],
    ['gitsource.url must not hold a user or password', { url: 'https://a:b@git.example.com/' }],
    ['the file of gitsource.secretFile is not there or may not be read', { secretFile: '/nonexistent' }],
  ])('says that %s', async (problem, settings) => {
    await configure(origin, settings);

    await expect(push(['main'])).resolves.toBe(
      `gitsource: no webhook was sent: ${problem}; the push itself is complete`,
    );
    expect(received).toEqual([]);
  });

  it('sends a ping when it is run as a test', async () => {
    const { stderr } = await promisify(execFile)(HOOK, ['ping'], { cwd: origin, env: process.env });

    expect(stderr).toMatch(/^gitsource: delivery hook-[0-9a-f]{32} was accepted\n$/);
    expect(received.map((delivery) => verify(delivery))).toEqual([{ ok: true }]);
    expect(received.map((delivery) => generic.webhook.parse(delivery, {}).kind)).toEqual(['ping']);
  });

  it.skipIf(!isInstalled('/bin/bash'))('refuses a shell in which printf would be another program', async () => {
    installHook(origin, readFileSync(HOOK, 'utf8').replace('#!/bin/sh', '#!/bin/bash\nenable -n printf'));

    await expect(push(['main'])).resolves.toContain('printf is no builtin of this shell');
    expect(received).toEqual([]);
  });

  it.each([0o640, 0o604, 0o660, 0o620])('refuses a secret file of mode %o', async (mode) => {
    chmodSync(join(folder, 'secret'), mode);

    await expect(push(['main'])).resolves.toContain('others may read the file of gitsource.secretFile');
    expect(received).toEqual([]);
  });

  it('says which setting or program is missing', async () => {
    writeFileSync(join(folder, 'secret'), '\n');
    await expect(push(['main'])).resolves.toContain('the file of gitsource.secretFile is empty');
    await runGit(origin, ['config', '--unset', 'gitsource.secretFile']);
    await expect(push(['main:b'])).resolves.toContain('git config gitsource.secretFile is not set');
    await runGit(origin, ['config', '--unset', 'gitsource.url']);
    await expect(push(['main:c'])).resolves.toContain('git config gitsource.url is not set');
    installHook(origin, readFileSync(HOOK, 'utf8').replace('set -u', 'PATH=/nonexistent\nset -u'));
    await expect(push(['main:d'])).resolves.toContain('git is not installed on this server');
  });
});

describe('hooks/post-receive', () => {
  it.skipIf(!isInstalled('shellcheck'))('has nothing that shellcheck finds fault with (needs shellcheck)', () => {
    expect(spawnSync('shellcheck', ['--shell=sh', HOOK], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('can be run as it comes', () => {
    expect(statSync(HOOK).mode & 0o111).toBe(0o111);
  });
});
