import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitSha } from '@gitsource/events';
import { runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cloneByGit,
  describeClone,
  expectSound,
  importHistory,
  ORIGIN,
  packOf,
  shaOf,
  unpackClone,
  withClone,
  zipOf,
} from '../../test/clone-fixture.ts';
import { pieces, Scratch } from '../../test/git-fixture.ts';
import { makeCommit, makePack } from '../../test/make-pack.ts';
import { readClone } from './pack-clone.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const PERSON = 'Ada <ada@example.com> 1700000000 +0100';
const LINES = Array.from({ length: 400 }, (_, n) => `line ${n} ${n * n}\n`);
const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** Two branches that are merged, odd names, tags of all kinds, and files that are deltas of one another. */
function history(format: 'sha1' | 'sha256'): string {
  const submodule = (format === 'sha1' ? 'ab' : 'abcd').repeat(20).slice(0, format === 'sha1' ? 40 : 64);
  const commit = (ref: string, mark: number, message: string, ...rest: string[]) =>
    `commit ${ref}\nmark :${mark}\nauthor ${PERSON}\ncommitter ${PERSON}\n${data(message)}${rest.join('')}\n`;
  const file = (path: string, text: string, mode = '100644') => `M ${mode} inline ${path}\n${data(text)}`;
  return [
    commit(
      'refs/heads/main',
      1,
      'First',
      file('a.txt', LINES.join('')),
      file('src/b.ts', 'b\n'),
      file('run', '#!/bin/sh\n', '100755'),
    ),
    commit('refs/heads/topic/ü"x;y', 2, 'Aside', 'from :1\n', file('src/b.ts', 'other\n'), file('ünï/☃.txt', 'snow\n')),
    ...Array.from({ length: 30 }, (_, n) =>
      commit(
        'refs/heads/main',
        10 + n,
        `Change ${n}`,
        `from :${n === 0 ? 1 : 9 + n}\n`,
        file(
          'a.txt',
          LINES.with(n * 7, `new ${n}\n`)
            .slice(n)
            .join(''),
        ),
      ),
    ),
    commit(
      'refs/heads/main',
      60,
      'Merge ✓\n\nWhy.',
      'from :39\n',
      'merge :2\n',
      file('link', 'src/b.ts', '120000'),
      file('empty', ''),
      `M 160000 ${submodule} vendor/module\n`,
    ),
    commit('refs/heads/nothing', 61, 'No files', 'from :1\n', 'deleteall\n'),
    commit('refs/heads/-option', 62, 'Of an odd name', 'from :60\n', file('x', 'x\n')),
    commit('refs/pull/7/head', 63, 'Asked for', 'from :60\n', file('y', 'y\n')),
    'reset refs/heads/HEAD\nfrom :2\n\n',
    'reset refs/tags/light\nfrom :15\n\n',
    `tag v1\nfrom :20\ntagger ${PERSON}\n${data('Version 1')}`,
  ].join('');
}

describe('packClone', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await importHistory(scratch, history('sha1'));
    const identity = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(folder, ['tag', '-a', '-m', 'of a tag', 'v1-again', 'v1'], { environment: identity });
    await runGit(folder, ['tag', '-a', '-m', 'of a tree', 'tree', 'main^{tree}'], { environment: identity });
    await runGit(folder, ['update-ref', 'refs/tags/blob', await runGit(folder, ['rev-parse', 'main:a.txt'])]);
    await runGit(folder, ['repack', '-adfq', '--depth=40']);
  });

  it.each([
    ['refs/heads/main'],
    ['refs/heads/topic/ü"x;y'],
    ['refs/heads/nothing'],
    ['refs/heads/-option'],
    ['refs/heads/HEAD'],
    ['refs/tags/light'],
    ['refs/tags/v1'],
    ['refs/tags/v1-again'],
    ['refs/pull/7/head'],
  ])('gives the clone that git makes of %s', async (ref) => {
    const unpacked = await unpackClone(scratch, folder, { ref });
    const cloned = await cloneByGit(scratch, folder, { ref });

    expect(await describeClone(unpacked)).toEqual(await describeClone(cloned));
    for (const file of ['HEAD', 'config', 'packed-refs']) {
      expect(readFileSync(join(unpacked, '.git', file), 'utf8')).toBe(readFileSync(join(cloned, '.git', file), 'utf8'));
    }
    expect(existsSync(join(unpacked, '.git', ref))).toBe(true);
    execFileSync('diff', ['-r', '--no-dereference', '--exclude=.git', unpacked, cloned]);
    expect(await runGit(unpacked, ['status', '--porcelain'])).toBe('');
    await expectSound(unpacked);
  });

  it('is of a repository that hashes by SHA-256', async () => {
    const repository = await importHistory(scratch, history('sha256'), 'sha256');
    const unpacked = await unpackClone(scratch, repository);

    expect(await describeClone(unpacked)).toEqual(await describeClone(await cloneByGit(scratch, repository)));
    await expectSound(unpacked);
  });

  it('has an older commit of a branch checked out', async () => {
    const sha = await shaOf(folder, 'main~5');
    const unpacked = await unpackClone(scratch, folder, { sha });

    expect(await describeClone(unpacked)).toEqual(await describeClone(await cloneByGit(scratch, folder, { sha })));
    expect(await runGit(unpacked, ['status', '--porcelain', '--branch'])).toMatch(
      /^## main\.\.\.origin\/main \[behind \d+\]$/,
    );
  });

  it('refuses a commit that is not on the ref', async () => {
    const sha = await shaOf(folder, 'refs/heads/nothing');

    await expect(withClone(folder, { sha }, zipOf)).rejects.toMatchObject({ code: 'pack/not-a-commit' });
  });

  it("writes the index that git makes of the pack, and git's own files only", async () => {
    const unpacked = await unpackClone(scratch, folder);
    const packs = join(unpacked, '.git/objects/pack');
    const [pack = ''] = readdirSync(packs).filter((name) => name.endsWith('.pack'));
    await runGit(unpacked, ['index-pack', '-o', join(scratch.folder, 'by-git.idx'), join(packs, pack)]);

    const index = readFileSync(join(packs, pack.replace(/pack$/, 'idx')));
    expect(index.equals(readFileSync(join(scratch.folder, 'by-git.idx')))).toBe(true);
    expect(readdirSync(join(unpacked, '.git')).toSorted()).toEqual(
      ['HEAD', 'config', 'index', 'objects', 'packed-refs', 'refs'].toSorted(),
    );
    expect(readdirSync(packs)).toHaveLength(2);
  });

  it('can be worked in', async () => {
    const unpacked = await unpackClone(scratch, folder);
    const git = (...args: string[]) =>
      runGit(unpacked, ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args]);
    await git('commit', '--quiet', '--allow-empty', '--message', 'More');
    await git('checkout', '--quiet', 'light');
    await git('fetch', '--quiet', folder, 'refs/heads/nothing');
    await git('gc', '--quiet', '--prune=now');

    expect(await git('describe', 'main~1')).toMatch(/^v1-again-\d+-g/);
    await expectSound(unpacked);
  });

  it('is the same in whatever pieces the pack comes', async () => {
    const { bytes, refs } = await packOf(folder);
    const head = refs.find(({ name }) => name === 'refs/heads/main');
    if (head === undefined) throw new Error('it is there');
    const zips = [1_000, 70_000].map(async (pieceBytes) =>
      zipOf(await readClone(pieces(bytes, pieceBytes), 'sha1', { refs, head, sha: head.sha, url: ORIGIN })),
    );

    const [one, two] = await Promise.all(zips);
    expect(two && one?.equals(two)).toBe(true);
  });

  it('needs no memory for what it can put into a file', async () => {
    const limits = { maxMemoryBytes: 1, maxCacheBytes: 1 };
    const unpacked = await unpackClone(scratch, folder, { limits });

    expect(await describeClone(unpacked)).toEqual(await describeClone(await unpackClone(scratch, folder)));
  });

  it('leaves to git what is larger than the limits', async () => {
    await expect(withClone(folder, { limits: { maxObjects: 10 } }, zipOf)).rejects.toMatchObject({
      code: 'pack/too-large',
    });
  });

  it('does not remember more missing objects than may come', async () => {
    const files = Array.from({ length: 20 }, (_, n) => [`f${n}`, Buffer.from(`${n}`)] as const);
    const { commit, tree, sha } = makeCommit(Object.fromEntries(files));
    const head = { name: 'refs/heads/main', sha: sha as CommitSha };
    const pack = makePack([
      { kind: 'commit', content: commit },
      { kind: 'tree', content: tree },
    ]);
    const wanted = { refs: [head], head, sha: head.sha, url: ORIGIN };

    const clone = await readClone(pieces(pack), 'sha1', wanted, { limits: { maxObjects: 10 } });

    await expect(zipOf(clone)).rejects.toMatchObject({ code: 'pack/too-large' });
    await clone.close();
  });
});
