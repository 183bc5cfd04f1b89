import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doJob } from '@gitsource/lanes';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobFixture } from '../../../packages/lanes/test/job-fixture.ts';
import { gitWay } from './git-way.ts';

const CONFIG = { kind: 'job' as const, lane: 'build' as const, jobId: 'job-1', region: 'us-east-1' };
const PASSWORD = 's3cret pass-word';
const LINES = Array.from({ length: 2_000 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);

let fixture: JobFixture;
let folder: string;
let repository: LocalRepository;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  folder = mkdtempSync(join(tmpdir(), 'full-clone-'));
  fixture.git.allowUser('ada', PASSWORD);
  repository = await fixture.git.createRepository('team/app');
  const commit = (branch: string, message: string, files: Parameters<typeof commitFiles>[2]['files']) =>
    commitFiles(repository.folder, branch, { message, files });
  await commit('main', 'First', { 'lines.txt': LINES.join(''), 'run.sh': { executable: '#!/bin/sh\n' } });
  await commit('main', 'Second ☃', { 'lines.txt': LINES.toReversed().join(''), 'ünï/☃.txt': 'snow\n' });
  const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
  await runGit(repository.folder, ['tag', '-a', '-m', 'note', 'v1', 'main'], { environment });
  await commit('main', 'Third', {
    '.gitattributes': '*.bat eol=crlf\n*.c ident\n*.txt working-tree-encoding=UTF-16LE-BOM\n',
    'run.bat': 'echo\n',
    'src/a.c': '$Id$\n',
    'ünï/link': { symlink: '../run.sh' },
    empty: '',
  });
  await commit('topic/ü"x', 'Aside', { 'aside.txt': 'aside\n' });
  await commit('modules', 'Of a submodule', { a: 'a\n', 'vendor/module': { submodule: 'ab'.repeat(20) } });
  await runGit(repository.folder, ['update-ref', 'refs/pull/7/head', 'topic/ü"x']);
  const { caCertificate } = fixture.git.https;
  const secret = { host: '127.0.0.1', username: 'ada', password: PASSWORD, caCertificate };
  fixture.secrets.set('good', JSON.stringify(secret));
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  fixture.lines.length = 0;
  fixture.configuration = {
    GitUrl: repository.httpsUrl,
    Branch: 'main',
    CredentialsSecret: 'good',
    OutputArtifactFormat: 'FULL_CLONE',
  };
});

/** The job's artifact as `unzip` unpacks it, the way that was taken, and the job's variables. */
async function cloneBy(FetchMethod: string, change: Record<string, string>) {
  fixture.result = undefined;
  fixture.lines.length = 0;
  fixture.configuration = { ...fixture.configuration, ...change, FetchMethod };
  await doJob(fixture.ports, CONFIG);
  expect(fixture.result).not.toHaveProperty('failureDetails');
  const zip = join(folder, 'clone.zip');
  writeFileSync(zip, await fixture.artifact());
  const unpacked = mkdtempSync(join(folder, 'unpacked-'));
  execFileSync('unzip', ['-q', zip, '-d', unpacked], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  const { ArtifactSha256: _, ...variables } =
    (fixture.result as { outputVariables?: Record<string, string> } | undefined)?.outputVariables ?? {};
  const way = fixture.lines.flatMap((line) => /Fetching .*?, (by .*)$/.exec(line)?.[1] ?? []);
  return { unpacked, way, variables };
}

/** What git says of a clone: everything but how objects are stored. */
async function describeClone(unpacked: string) {
  const git = (...args: string[]) => runGit(unpacked, args);
  return {
    refs: await git('for-each-ref', '--format=%(objectname) %(objecttype) %(refname) %(*objectname)'),
    head: readFileSync(join(unpacked, '.git/HEAD'), 'utf8'),
    config: readFileSync(join(unpacked, '.git/config'), 'utf8'),
    packedRefs: readFileSync(join(unpacked, '.git/packed-refs'), 'utf8'),
    log: await git('log', '--all', '--date-order', '--format=%H %P %T %s'),
    index: await git('ls-files', '--stage'),
    objects: (await git('rev-list', '--all', '--objects')).split('\n').toSorted(),
    files: readdirSync(join(unpacked, '.git')).toSorted(),
  };
}

describe('a full clone', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['a branch whose checkout converts', {}, undefined],
    ['a branch of an odd name', { Branch: 'topic/ü"x' }, undefined],
    ['a tag', { Branch: 'refs/tags/v1' }, undefined],
    ['another ref', { Branch: 'refs/pull/7/head' }, undefined],
    ['a commit that is pinned', {}, 'main~2'],
  ])('is the same from the pack as by git: %s', async (_, change, pin) => {
    const resolvedValue = pin === undefined ? '' : await runGit(repository.folder, ['rev-parse', pin]);
    fixture.variables = pin === undefined ? [] : [{ name: 'SourceCommit', resolvedValue }];
    const byGit = await cloneBy('clone', change);

    const byPack = await cloneBy('auto', change);

    expect(byPack.way).toEqual(['by its pack: a clone over HTTPS']);
    expect(byPack.variables).toEqual(byGit.variables);
    expect(await describeClone(byPack.unpacked)).toEqual(await describeClone(byGit.unpacked));
    execFileSync('diff', ['-r', '--no-dereference', '--exclude=.git', byGit.unpacked, byPack.unpacked]);
    expect(await runGit(byPack.unpacked, ['status', '--porcelain'])).toBe('');
    expect(await runGit(byPack.unpacked, ['fsck', '--full', '--strict'])).toBe('');
  });

  it('has a folder where a submodule is, so that git finds nothing deleted', async () => {
    fixture.variables = [];
    const { unpacked, way } = await cloneBy('auto', { Branch: 'modules' });

    expect(way).toEqual(['by its pack: a clone over HTTPS']);
    expect(readdirSync(join(unpacked, 'vendor/module'))).toEqual([]);
    expect(await runGit(unpacked, ['status', '--porcelain'])).toBe('');
  });

  it('keeps nothing of the credential, this machine or the fetch', async () => {
    const { unpacked } = await cloneBy('auto', { Branch: 'main' });
    const grep = () =>
      execFileSync('grep', ['-rlaE', `${PASSWORD}|ada:|${fixture.scratch}`, '.git'], { cwd: unpacked, stdio: 'pipe' });

    expect(grep).toThrow(expect.objectContaining({ status: 1 }));
  });

  it('is made by git where only git knows what a checkout writes', async () => {
    const files = { '.gitattributes': '*.txt working-tree-encoding=EUC-JP\n', 'a.txt': 'ä\n' };
    await commitFiles(repository.folder, 'encoded', { message: 'Of an encoding', files });

    const { unpacked, way } = await cloneBy('auto', { Branch: 'encoded' });

    expect(way).toEqual([
      'by its pack: a clone over HTTPS',
      expect.stringContaining('[artifact/conversion-unsupported]'),
    ]);
    expect(await runGit(unpacked, ['status', '--porcelain'])).toBe('');
  });

  it.each([
    ['submodules', { Submodules: 'direct', Branch: 'main' }, 'by git: a clone has submodules'],
    ['chosen paths', { Paths: 'src', Branch: 'main' }, 'by git: a clone has only chosen paths'],
    ['contents of Git LFS', { GitLfs: 'true', Branch: 'main' }, 'by git: GitLfs is "true"'],
  ])('is left to git with %s', async (_, change: Record<string, string>, way) => {
    expect((await cloneBy('auto', change)).way).toEqual([way]);
  });
});
