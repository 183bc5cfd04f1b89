import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitFiles, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { changedPaths, mergeBase, readBranch, readCommit, zipCommit } from './connected-commit.ts';

const folder = mkdtempSync(join(tmpdir(), 'connected-commit-'));
let first: string;
let second: string;

beforeAll(async () => {
  await runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main']);
  first = await commitFiles(folder, 'main', { message: 'One\n', files: { 'a b.txt': '1', 'dir/naïve': '1' } });
  second = await commitFiles(folder, 'main', { message: 'Two\n\n–\n', files: { 'a b.txt': '2', 'dir/naïve': null } });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('readBranch', () => {
  it('gives the newest commit, with its whole message and its date in UTC', async () => {
    expect(await readBranch(folder, 'main')).toEqual({
      commitId: second,
      authorDate: '2026-01-31T08:15:00Z',
      message: 'Two\n\n–',
    });
  });

  it.each(['main~1', 'main^', 'Main', '../heads/main', '--all', '', 'main@{0}'])('knows no branch %j', async (name) => {
    expect(await readBranch(folder, name)).toBeUndefined();
  });
});

describe('readCommit', () => {
  it('knows no commit that is not there', async () => {
    expect((await readCommit(folder, first))?.message).toBe('One');
    expect(await readCommit(folder, 'f'.repeat(40))).toBeUndefined();
  });
});

describe('changedPaths', () => {
  it('gives what differs, or what a first commit brought, deletions too', async () => {
    expect(await changedPaths(folder, first, second)).toEqual(['a b.txt', 'dir/naïve']);
    expect(await changedPaths(folder, undefined, first)).toEqual(['a b.txt', 'dir/naïve']);
    expect(await changedPaths(folder, second, second)).toEqual([]);
  });

  it('gives for a merge what it brought to its first parent', async () => {
    await runGit(folder, ['branch', 'side', first]);
    const side = await commitFiles(folder, 'side', { message: 'Side\n', files: { 'side.txt': '1' } });
    const tree = await runGit(folder, ['rev-parse', `${side}^{tree}`]);
    const environment = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'a'],
        [`GIT_${who}_EMAIL`, 'a@example.com'],
      ]),
    );
    const args = ['commit-tree', '-m', 'Merge', '-p', first, '-p', side, tree];
    const merge = await runGit(folder, args, { environment });

    expect(await changedPaths(folder, undefined, merge)).toEqual(['side.txt']);
    expect(await mergeBase(folder, second, side)).toBe(first);
  });
});

describe('zipCommit', () => {
  it('holds the tree with modes and without .git, a symlink as the text of its target', async () => {
    const files = { run: { executable: 'x' }, link: { symlink: 'run' }, '.github/x.yml': 'y' };
    const commit = await commitFiles(folder, 'zip', { message: 'Zip\n', files });

    const zip = await yauzl.fromBufferPromise(await zipCommit(folder, commit));
    const entries: [string, string][] = [];
    for await (const entry of zip.eachEntry()) {
      entries.push([entry.fileName, (entry.externalFileAttributes >>> 16).toString(8)]);
    }

    expect(Object.fromEntries(entries)).toEqual({ '.github/x.yml': '100644', link: '100644', run: '100755' });
  });
});
