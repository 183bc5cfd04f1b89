import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doJob, openSystemSsh, StepLog } from '@gitsource/lanes';
import { openPlainSsh } from '@gitsource/lanes/plain-ssh';
import {
  commitFiles,
  type Fault,
  generateKeyPair,
  type LocalRepository,
  runGit,
  startHttpProxy,
} from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobFixture } from '../../../packages/lanes/test/job-fixture.ts';
import { SourceCloneError } from './errors.ts';
import { gitWay } from './git-way.ts';

const CONFIG = { kind: 'job' as const, lane: 'build' as const, jobId: 'job-1', region: 'us-east-1' };
/** Of the newest commit on `main`. */
const FILES = 10;
const hasSsh = (process.env.PATH ?? '').split(':').some((place) => existsSync(join(place, 'ssh')));
const PASSWORD = 's3cret pass-word';
const LINES = Array.from({ length: 3_000 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);

let fixture: JobFixture;
let folder: string;
let repository: LocalRepository;
let newest: string;
let first: string;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  folder = mkdtempSync(join(tmpdir(), 'with-source-'));
  fixture.git.allowUser('ada', PASSWORD);
  repository = await fixture.git.createRepository('team/app');
  first = await commitFiles(repository.folder, 'main', { message: 'First', files: { 'lines.txt': LINES.join('') } });
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(repository.folder, ['tag', '-a', '-m', 'note', 'v1', 'main'], { environment });
  newest = await commitFiles(repository.folder, 'main', {
    message: 'Second ☃\n\nBody',
    files: {
      '.gitattributes': '*.bat eol=crlf\n*.c ident\n',
      'run.bat': 'echo\n',
      'a.c': '$Id$\n',
      'lines.txt': LINES.toReversed().join(''),
      'lines of old.txt': LINES.slice(0, 2_900).join(''),
      empty: '',
      'ünï/☃.txt': 'snow\n',
      'run.sh': { executable: '#!/bin/sh\n' },
      'ünï/link': { symlink: '../run.sh' },
      'large.bin': randomBytes(2_000_000),
    },
  });
  const { caCertificate } = fixture.git.https;
  const secret = { host: '127.0.0.1', username: 'ada', password: PASSWORD, caCertificate };
  fixture.secrets.set('good', JSON.stringify(secret));
  fixture.secrets.set('wrong', JSON.stringify({ ...secret, password: 'other' }));
  const pair = generateKeyPair();
  fixture.git.allowKey(pair.publicKey);
  const ssh = { host: '127.0.0.1', sshPrivateKey: pair.privateKey, knownHosts: fixture.git.ssh.knownHosts };
  fixture.secrets.set('ssh', JSON.stringify(ssh));
  fixture.secrets.set('untrusted', JSON.stringify({ ...secret, caCertificate: undefined }));
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  fixture.lines.length = 0;
  fixture.configuration = { GitUrl: repository.httpsUrl, Branch: 'main', CredentialsSecret: 'good' };
});

afterEach(() => {
  fixture.git.setFault(undefined);
  fixture.bucket = 'store';
  fixture.variables = [];
});

async function run(change: Record<string, string> = {}, ports = fixture.ports) {
  fixture.result = undefined;
  fixture.configuration = { ...fixture.configuration, ...change };
  await doJob(ports, CONFIG);
  return fixture.result as
    | { outputVariables?: Record<string, string>; failureDetails?: { type: string; message: string } }
    | undefined;
}

/** All that a zip says of its entries, in its order; how they are packed is left out. */
async function artifactEntries(): Promise<string[]> {
  const file = join(folder, 'artifact.zip');
  writeFileSync(file, await fixture.artifact());
  const python =
    'import sys,zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist():\n print(ascii((i.filename,i.date_time,oct(i.external_attr>>16),i.file_size,hex(i.CRC))))\nassert zipfile.ZipFile(sys.argv[1]).testzip() is None';
  return execFileSync('python3', ['-c', python, file], { encoding: 'utf8' }).trim().split('\n');
}

/** The lines that say which way was taken, and why. */
function ways(): string[] {
  return fixture.lines.flatMap((line) => /Fetching .*?, (by .*)$/.exec(line)?.[1] ?? []);
}

/** Ports whose server misbehaves until git is asked. */
function untilGit(fault: Fault) {
  fixture.git.setFault(fault);
  const write = (line: string) => {
    fixture.lines.push(line);
    if (line.includes(', by git: ')) fixture.git.setFault(undefined);
  };
  return { ...fixture.ports, log: new StepLog(write, Date.now) };
}

describe('the two ways to the artifact', () => {
  it('give the same entries, variables and log of conversions', async () => {
    const cloned = await run({ FetchMethod: 'clone' });
    const entries = await artifactEntries();
    const noted = fixture.lines.filter((line) => line.includes('Converted'));
    fixture.lines.length = 0;

    const packed = await run({ FetchMethod: 'auto' });

    expect(ways()).toEqual(['by its pack: one tree over HTTPS']);
    expect(await artifactEntries()).toEqual(entries);
    expect(entries).toHaveLength(FILES);
    const { ArtifactSha256: _, ...variables } = cloned?.outputVariables ?? {};
    expect(packed).toMatchObject({ outputVariables: variables, currentRevision: { revision: newest } });
    expect(variables.TreeId).toBe(await runGit(repository.folder, ['rev-parse', `${newest}^{tree}`]));
    const told = 'Converted 2 files as a checkout does, by eol=crlf, ident';
    for (const lines of [noted, fixture.lines]) {
      expect(lines.filter((line) => line.includes('Converted'))).toEqual([expect.stringContaining(told)]);
    }
    expect(readdirSync(fixture.scratch)).toEqual([]);
  });

  it.each([
    ['chosen folders and files', { Paths: './ünï/, run.sh,lines.txt' }, []],
    ['an older commit that is pinned', {}, [{ name: 'SourceCommit', resolvedValue: 'main~1' }]],
    ['the object of a tag that is pinned', { Paths: 'lines.txt' }, [{ name: 'SourceCommit', resolvedValue: 'v1' }]],
  ])('give the same of %s', async (_, change: Record<string, string>, variables) => {
    const revisions = variables.map(({ resolvedValue }) => runGit(repository.folder, ['rev-parse', resolvedValue]));
    const shas = await Promise.all(revisions);
    fixture.variables = variables.map(({ name }, n) => ({ name, resolvedValue: shas[n] ?? '' }));
    const cloned = await run({ ...change, FetchMethod: 'clone' });
    const entries = await artifactEntries();
    fixture.lines.length = 0;

    const packed = await run({ ...change, FetchMethod: 'auto' });

    expect(ways()).toEqual([expect.stringMatching(/^by its pack/)]);
    expect(await artifactEntries()).toEqual(entries);
    const { ArtifactSha256: _zip, ...same } = cloned?.outputVariables ?? {};
    expect(packed).toMatchObject({ outputVariables: same });
  });

  it.each<[string, Record<string, string>, string | undefined, string]>([
    ['a folder that is not there', { Paths: 'ünï,Run.sh' }, undefined, '[git/path-missing]'],
    ['a pin that is not on the ref', {}, 'ab'.repeat(20), '[git/commit-not-on-ref]'],
  ])('give the same failure of %s', async (_, change, pin, code) => {
    if (pin !== undefined) fixture.variables = [{ name: 'SourceCommit', resolvedValue: pin }];
    const cloned = await run({ ...change, FetchMethod: 'clone' });

    const packed = await run({ ...change, FetchMethod: 'auto' });

    expect(packed?.failureDetails).toEqual(cloned?.failureDetails);
    expect(packed?.failureDetails?.message).toContain(code);
  });

  it.skipIf(!hasSsh).each([
    ["by the system's ssh", openSystemSsh],
    ['without one', openPlainSsh],
  ])('give the same over SSH, %s (needs ssh)', async (_, openSsh) => {
    for (const [change, isPinned] of [
      [{}, false],
      [{ Paths: 'ünï' }, false],
      [{ Paths: '' }, true],
      [{ OutputArtifactFormat: 'FULL_CLONE' }, false],
    ] as const) {
      fixture.variables = isPinned ? [{ name: 'SourceCommit', resolvedValue: first }] : [];
      const given = { ...change, GitUrl: repository.sshUrl, CredentialsSecret: 'ssh' };
      const cloned = await run({ ...given, FetchMethod: 'clone' });
      fixture.lines.length = 0;

      const packed = await run({ ...given, FetchMethod: 'auto' }, { ...fixture.ports, openSsh });

      expect(ways()).toEqual([expect.stringMatching(/^by its pack: .* over SSH$/)]);
      const { ArtifactSha256: _zip, ...same } = cloned?.outputVariables ?? {};
      expect(packed).toMatchObject({ outputVariables: same });
      expect(readdirSync(fixture.scratch)).toEqual([]);
    }
  });

  it('give the same through a proxy', async () => {
    const proxy = await startHttpProxy();
    try {
      const environment = { PATH: process.env.PATH, https_proxy: proxy.url };

      const packed = await run({ FetchMethod: 'auto' }, { ...fixture.ports, environment });

      expect(ways()).toEqual(['by its pack: one tree over HTTPS']);
      expect(packed?.outputVariables).toMatchObject({ CommitId: newest });
      expect(proxy.connects.length).toBeGreaterThan(0);
    } finally {
      await proxy.close();
    }
  });

  it('are told from each other by what the job asks for', async () => {
    await run({ GitLfs: 'true' });
    expect(ways()).toEqual(['by git: GitLfs is "true"']);

    fixture.lines.length = 0;
    await run(
      { GitLfs: 'false' },
      { ...fixture.ports, environment: { PATH: process.env.PATH, NO_PROXY: 'x', ALL_PROXY: 'socks5://127.0.0.1:1' } },
    );
    expect(ways()).toEqual(['by git: the proxy is not one of HTTP']);
  });
});

describe('submodules', () => {
  type Link = { readonly url: string; readonly sha: string };

  async function create(name: string, links: Readonly<Record<string, Link>>, content = name) {
    const made = await fixture.git.createRepository(name);
    const section = ([path, { url }]: [string, Link]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`;
    const gitlinks = Object.fromEntries(Object.entries(links).map(([path, { sha }]) => [path, { submodule: sha }]));
    const files = {
      '.gitmodules': Object.entries(links).map(section).join(''),
      [`in ${content}`]: content,
      zz: 'last',
    };
    const sha = await commitFiles(made.folder, 'main', { message: name, files: { ...files, ...gitlinks } });
    return { url: made.httpsUrl, sha };
  }

  let outer: string;

  beforeAll(async () => {
    const inner = await create('sub/inner', {});
    await commitFiles(`${fixture.git.findRepository('sub/inner')}`, 'main', {
      message: 'Newer',
      files: { zz: 'newer' },
    });
    const library = await create('sub/library', { 'deep/er': { url: '../inner', sha: inner.sha } });
    const links = { 'vendor/library': { url: '../library.git', sha: library.sha }, a: inner };
    outer = (await create('sub/outer', links)).url;
  });

  it.each([
    ['direct', { Submodules: 'direct' }, 2 + 2 + 2 + 2],
    ['recursive', { Submodules: 'recursive' }, 2 + 2 + 2 + 2 + 2],
    ['of a folder', { Submodules: 'recursive', Paths: 'vendor' }, 2 + 2 + 1],
    ['left out', { Submodules: 'none' }, 3],
  ])('are the same by both ways: %s', async (_, change: Record<string, string>, atLeast) => {
    await run({ ...change, GitUrl: outer, FetchMethod: 'clone' });
    const entries = await artifactEntries();
    fixture.lines.length = 0;

    await run({ ...change, GitUrl: outer, FetchMethod: 'auto' });

    expect(ways()).toEqual([expect.stringMatching(/^by its pack/)]);
    expect(await artifactEntries()).toEqual(entries);
    expect(entries.length).toBeGreaterThanOrEqual(atLeast);
  });

  it.each([
    ['whose commit was never pushed', '../inner'],
    ['of another scheme', 'file:///etc'],
  ])('fail in the same words, of which git has the last, %s', async (what, url) => {
    const name = `sub/bad-${Buffer.from(what).toString('hex')}`;
    const { url: GitUrl } = await create(name, { 'lib/x': { url, sha: 'ab'.repeat(20) } });
    const cloned = await run({ GitUrl, Submodules: 'direct', FetchMethod: 'clone' });
    fixture.lines.length = 0;

    const packed = await run({ GitUrl, Submodules: 'direct', FetchMethod: 'auto' });

    expect(cloned?.failureDetails?.message).toContain('[git/submodule-failed] Submodule "lib/x": ');
    expect(ways()[1]).toBe(`by git: ${cloned?.failureDetails?.message}`);
    expect(packed?.failureDetails).toEqual(cloned?.failureDetails);
  });
});

describe('git takes over from the pack', () => {
  it.each<[string, Fault, string]>([
    ['of a server without version 2', { kind: 'protocol-v0' }, 'does not offer version 2'],
    ['of a server that refuses connections', { kind: 'refuse' }, '[runtime/api-unreachable]'],
    ['of a server that answers with an error', { kind: 'status', status: 501 }, '[pack/server-failed]'],
    ['of an address that answers with a page', { kind: 'status', status: 200 }, 'does not offer version 2'],
    ['that breaks off at once', { kind: 'truncate', afterBytes: 100 }, '[runtime/download-truncated]'],
    ['whose commit does not arrive', { kind: 'truncate', afterBytes: 700 }, '[runtime/download-truncated]'],
    [
      'that ends when half of it is zipped',
      { kind: 'truncate', afterBytes: 1_500_000 },
      '[runtime/download-truncated]',
    ],
  ])('%s', async (_, fault, why) => {
    const result = await run({}, untilGit(fault));

    expect(ways()).toEqual(['by its pack: one tree over HTTPS', expect.stringContaining(`by git: `)]);
    expect(ways()[1]).toContain(why);
    expect(result?.outputVariables).toMatchObject({ CommitId: newest });
    expect(await artifactEntries()).toHaveLength(FILES);
    expect(readdirSync(fixture.scratch)).toEqual([]);
  });

  it.each<[string, Fault, string, string]>([
    [
      'a connection that breaks in the middle',
      { kind: 'truncate', afterBytes: 1_500_000 },
      'SystemUnavailable',
      'git/connection-lost',
    ],
    ['a server that fails', { kind: 'status', status: 501 }, 'SystemUnavailable', 'git/server-error'],
    ['a server that is not there', { kind: 'refuse' }, 'SystemUnavailable', 'git/'],
  ])('and its errors are those that count: %s', async (_, fault, type, code) => {
    fixture.git.setFault(fault);

    const result = await run();

    expect(ways()).toHaveLength(2);
    expect(result?.failureDetails).toMatchObject({ type });
    expect(result?.failureDetails?.message).toContain(`[${code}`);
  });

  it('of a server whose authority only the system may know', async () => {
    const result = await run({ CredentialsSecret: 'untrusted' });

    expect(ways()[1]).toContain('[runtime/api-certificate-untrusted]');
    expect(result?.failureDetails?.message).toContain('[git/certificate-unknown]');
  });
});

describe('git does not take over', () => {
  it.each<[string, Record<string, string>, Fault | undefined, string]>([
    ['a wrong password is tried once', { CredentialsSecret: 'wrong' }, undefined, '[git/authentication-failed]'],
    ['the server refuses', {}, { kind: 'status', status: 403 }, '[git/authentication-failed]'],
    ['there is no repository', {}, { kind: 'status', status: 404 }, '[git/repository-not-found]'],
    ['there is no such branch', { Branch: 'mian' }, undefined, 'Near names: "main"'],
    [
      'there is no server',
      { GitUrl: 'https://127.0.0.1:1/app', CredentialsSecret: '' },
      undefined,
      '[git/host-unreachable]',
    ],
  ])('where git would fail as well: %s', async (_, change, fault, words) => {
    fixture.git.setFault(fault);

    const packed = await run(change);

    expect(ways()).toEqual([expect.stringMatching(/^by its pack/)]);
    expect(packed?.failureDetails?.message).toContain(words);
    expect(fixture.lines.join('\n')).not.toContain(PASSWORD);
  });

  it('where no artifact can hold the tree', async () => {
    await commitFiles(repository.folder, 'escape', { message: 'x', files: { out: { symlink: '../../etc/passwd' } } });

    const result = await run({ Branch: 'escape' });

    expect(ways()).toHaveLength(1);
    expect(result?.failureDetails?.message).toContain('[artifact/symlink-escapes]');
  });

  it('where S3 refuses the zip, and no thread stays behind', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`${n}.bin`, randomBytes(1_000_000)]));
    await commitFiles(repository.folder, 'large', { message: 'Several parts', files });
    const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = threads();
    fixture.bucket = 'nobodys-bucket';

    const result = await run({ Branch: 'large' });

    expect(ways()).toHaveLength(1);
    expect(result?.failureDetails?.message).toContain('[artifact/bucket-missing]');
    expect(threads()).toBe(before);
  });

  it('in a build that was stopped while the pack came', async () => {
    const stop = new AbortController();
    const write = (line: string) => {
      fixture.lines.push(line);
      const message = 'The build was stopped.';
      if (line.includes('Fetched')) stop.abort(new SourceCloneError('source-clone/interrupted', 'failed', message));
    };

    const result = await run({}, { ...fixture.ports, signal: stop.signal, log: new StepLog(write, Date.now) });

    expect(ways()).toHaveLength(1);
    expect(result?.failureDetails?.message).toContain('[source-clone/interrupted]');
  });
});
