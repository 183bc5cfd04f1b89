import { describe, expect, it } from 'vitest';
import { parseTree } from './parse-tree.ts';

const ID = Buffer.alloc(20, 0xab);

function treeOf(...items: readonly (readonly [mode: string, name: string | Buffer])[]): Buffer {
  return Buffer.concat(
    items.flatMap(([mode, name]) => [Buffer.from(`${mode} `), Buffer.from(name), Buffer.from('\0'), ID]),
  );
}

const MAX_ITEMS = 100;

describe('parseTree', () => {
  it('knows every mode that git has', () => {
    const modes = ['100644', '100664', '100755', '120000', '160000', '40000', '040000'];
    const items = parseTree(treeOf(...modes.map((mode, n) => [mode, `n${n}`] as const)), 20, '', MAX_ITEMS);

    expect(items.map(({ kind }) => kind)).toEqual([
      'file',
      'file',
      'executable',
      'symlink',
      'submodule',
      'folder',
      'folder',
    ]);
  });

  it.each(['..', '.', '', '.git', '.GIT', '.Git', 'a/b', '/a', '../a'])('refuses the name %j', (name) => {
    expect(() => parseTree(treeOf(['100644', name]), 20, 'src/', MAX_ITEMS)).toThrow(
      expect.objectContaining({ code: 'pack/path-unsafe', message: expect.stringContaining(`"src/${name}"`) }),
    );
  });

  it.each(['...', '.gitignore', '.github', 'git', 'a\\b', 'a b', '\ufffd', '\ufeffa', '☃', '-rf', 'con'])(
    'takes the name %j',
    (name) => {
      expect(parseTree(treeOf(['100644', name]), 20, '', MAX_ITEMS)[0]?.name).toBe(name);
    },
  );

  it.each([
    ['Latin-1', Buffer.from('gr\xfc\xdfe', 'latin1')],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong slash', Buffer.from([0xc0, 0xaf])],
    ['a cut character', Buffer.from([0x61, 0xe2, 0x98])],
  ])('refuses a name in %s', (_what, name) => {
    expect(() => parseTree(treeOf(['100644', name]), 20, '', MAX_ITEMS)).toThrow(
      expect.objectContaining({ code: 'pack/path-unsafe', message: expect.stringContaining('UTF-8') }),
    );
  });

  it.each([
    ['a name twice', treeOf(['100644', 'a'], ['40000', 'a'])],
    ['an unknown mode', treeOf(['100600', 'a'])],
    ['no mode', treeOf(['', 'a'])],
    ['an ID that is cut off', treeOf(['100644', 'a']).subarray(0, -1)],
    ['a name without an end', Buffer.from('100644 a')],
    ['no space', Buffer.from('100644')],
    ['a mode that inherits', treeOf(['constructor', 'a'])],
  ])('refuses a tree with %s', (_what, tree) => {
    expect(() => parseTree(tree, 20, '', MAX_ITEMS)).toThrow(expect.objectContaining({ code: 'pack/tree-invalid' }));
  });

  it('refuses names that no system opens', () => {
    expect(parseTree(treeOf(['100644', 'x'.repeat(4096)]), 20, '', MAX_ITEMS)).toHaveLength(1);
    expect(() => parseTree(treeOf(['100644', 'x'.repeat(4097)]), 20, '', MAX_ITEMS)).toThrow(
      expect.objectContaining({ code: 'pack/path-unsafe' }),
    );
  });

  it('refuses more items than it may give', () => {
    const names = Array.from({ length: MAX_ITEMS + 1 }, (_, n) => ['100644', `n${n}`] as const);

    expect(() => parseTree(treeOf(...names), 20, '', MAX_ITEMS)).toThrow(
      expect.objectContaining({ code: 'pack/too-large' }),
    );
  });
});
