import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, runGit } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitContext } from './git-process.ts';
import { readEntries } from './read-entries.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'check out %d '));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const context: GitContext = {
  environment: {
    PATH: process.env.PATH ?? '',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
  },
  deadline: 0,
  totalMs: 60_000,
  idleMs: 60_000,
};

type Files = Parameters<typeof commitFiles>[2]['files'];

async function commit(files: Files, format = 'sha1'): Promise<{ folder: string; sha: CommitSha }> {
  const folder = mkdtempSync(join(scratch, 'bare-'));
  await runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`]);
  return { folder, sha: parseCommitSha(await commitFiles(folder, 'main', { message: 'x', files })) };
}

/** By path, one character for each byte; links are left out. */
async function read(folder: string, sha: CommitSha, paths: readonly string[] = []): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  const tree = { repository: folder, sha, paths, isFull: false, submodules: [], lfs: false };
  for await (const { path, kind, size, content } of readEntries(context, tree)) {
    const bytes = await buffer(content());
    if (bytes.length !== size) throw new Error(`${path} has another size`);
    if (kind !== 'symlink') all[path] = bytes.toString('latin1');
  }
  return all;
}

async function clone(folder: string): Promise<Record<string, string>> {
  const target = join(folder, 'clone');
  await runGit(folder, ['clone', '--quiet', '.', target]);
  const entries = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).filter((file) => !file.includes('/.git/'));
  return Object.fromEntries(files.map((file) => [file.slice(target.length + 1), readFileSync(file, 'latin1')]));
}

const SETTINGS =
  'text -text !text text=auto text=input text=x crlf -crlf crlf=input eol=crlf eol=crlf eol=lf !eol ident -ident binary own';
const ENCODINGS = ['', 'utf8', 'UTF-16', 'UTF-16LE-BOM', 'latin1', 'SHIFT_JIS', 'nonsense'];
const anySetting = fc.constantFrom(...SETTINGS.split(' '), ...ENCODINGS.map((name) => `working-tree-encoding=${name}`));
const anyLine = fc
  .tuple(fc.constantFrom('*', '*.txt', 'd/*', '/b', '**/b', '[attr]own'), fc.array(anySetting, { maxLength: 4 }))
  .map((words) => words.flat().join(' '));
const anyAttributes = fc.array(anyLine, { maxLength: 5 }).map((lines) => lines.join('\n'));
const anyText = fc.constantFrom('a', '\n', '\n', '\r\n', '\r', '\0', '$Id$', '$$Id$', '$Id: x y $', 'ü', '日');
const anyContent = fc.array(anyText, { maxLength: 8 }).map((parts) => parts.join(''));
const NAMES = ['-x', 'a.txt', 'b', 'd/a.txt', 'd/b', 'd/e/b', '.a/b', 'ü/x y.txt'];
const anyTree = fc.record({
  ...Object.fromEntries(NAMES.map((name) => [name, anyContent])),
  ...Object.fromEntries(['', 'd/', '.a/'].map((folder) => [`${folder}.gitattributes`, anyAttributes])),
});

describe('readEntries', () => {
  it('gives what a clone has in its work tree', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, fc.constantFrom('sha1', 'sha256'), async (files, format) => {
        const { folder, sha } = await commit(files, format);

        expect(await read(folder, sha)).toEqual(await clone(folder));
        expect(readdirSync(scratch).filter((name) => name.includes('-checkout-'))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  }, 120_000);

  it('tells the attributes of each file that changes', async () => {
    const { folder, sha } = await commit({
      '.gitattributes': '* text=auto\n*.bat eol=crlf ident\nu working-tree-encoding=UTF-16\n*.png binary eol=crlf\n',
      'a.bat': 'x\n',
      'b.bat': '$Id: 0000000000000000000000000000000000000000 $',
      'c.bat': 'x\r\n',
      'd.png': '\n',
      u: 'x',
    });
    const told: (readonly string[])[] = [];
    const tree = { repository: folder, sha, paths: [], isFull: false, submodules: [], lfs: false };
    for await (const _ of readEntries(context, tree, { onConverted: (attributes) => told.push(attributes) }));

    expect(told).toEqual([['eol=crlf', 'ident'], ['eol=crlf', 'ident'], ['working-tree-encoding=UTF-16']]);
  });

  it('writes files only where attributes speak of it, and leaves none', async () => {
    const count = () => readdirSync(scratch).filter((name) => name.includes('-checkout-')).length;
    const seen: number[] = [];
    for (const attributes of ['* text=auto eol=lf\n*.png binary\n', '*.bat eol=crlf\n', 'a eol=crlf\n']) {
      const { folder, sha } = await commit({ '.gitattributes': attributes, a: 'x\n', b: 'x\n' });
      const tree = { repository: folder, sha, paths: [], isFull: false, submodules: [], lfs: false };
      for await (const { path } of readEntries(context, tree)) {
        seen.push(count());
        if (path === 'a') break;
      }
      seen.push(count());
    }

    expect(seen).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0]);
  });

  it('takes a link to be attributes, as git does', async () => {
    const { folder, sha } = await commit({ '.gitattributes': { symlink: '* eol=crlf' }, 'a\\b': 'x\n' });

    expect(await read(folder, sha)).toEqual({ 'a\\b': 'x\r\n' });
  });

  it('says that the disk is full where it is', async () => {
    const { folder, sha } = await commit({ '.gitattributes': 'a eol=crlf\n', a: 'x\n' });
    const PATH = mkdtempSync(join(scratch, 'full-'));
    const real = join((await runGit(scratch, ['--exec-path'])).trim(), 'git');
    const script = `#!/bin/sh\ncase "$*" in *checkout-index*) echo 'fatal: write error: No space left on device' >&2; exit 128;; esac\nexec '${real}' "$@"\n`;
    writeFileSync(join(PATH, 'git'), script, { mode: 0o755 });
    const full = { ...context, environment: { ...context.environment, PATH } };
    const tree = { repository: folder, sha, paths: [], isFull: false, submodules: [], lfs: false };

    await expect(readEntries(full, tree).next()).rejects.toMatchObject({ code: 'git/disk-full' });
  });

  it('fails as a checkout does', async () => {
    const { folder, sha } = await commit({ '.gitattributes': 'a working-tree-encoding\n', a: 'x' });

    await expect(read(folder, sha)).rejects.toMatchObject({
      code: 'git/failed',
      message: expect.stringContaining('no valid working-tree-encodings'),
    });
    expect(readdirSync(scratch).filter((name) => name.includes('-checkout-'))).toEqual([]);
  });
});
