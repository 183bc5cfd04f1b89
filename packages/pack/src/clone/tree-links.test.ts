import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linksBeyond, linksOfTree } from './tree-links.ts';

const ID_BYTES = 20;

interface Item {
  readonly mode: string;
  readonly name: string;
  readonly id: number;
}

/** IDs of few different bytes, NULs and digits among them, so that items look like parts of one another. */
function treeOf(items: readonly Item[]): Buffer {
  return Buffer.concat(
    items.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.alloc(ID_BYTES, id)]),
  );
}

function found(read: (link: (id: string, kind: string) => void) => void): string[] {
  const links: string[] = [];
  read((id, kind) => links.push(`${kind} ${Buffer.from(id, 'latin1').toString('hex')}`));
  return links;
}

const anyItem: fc.Arbitrary<Item> = fc.record({
  mode: fc.constantFrom('100644', '40000', '040000', '160000', '120000'),
  name: fc.constantFrom('a', 'b', 'ab', '1', '40000 a', '100644 a'),
  id: fc.constantFrom(0x00, 0x20, 0x31, 0x34, 0x61, 0xff),
});
const anyTree = fc.array(anyItem, { maxLength: 12 });

describe('linksOfTree', () => {
  it('gives what a tree names, and no commit of a submodule', () => {
    const tree = treeOf([
      { mode: '100644', name: 'a', id: 1 },
      { mode: '160000', name: 'module', id: 2 },
      { mode: '40000', name: 'src', id: 3 },
      { mode: '040000', name: 'old', id: 4 },
    ]);

    expect(found((link) => linksOfTree(tree, ID_BYTES, link))).toEqual([
      `blob ${'01'.repeat(20)}`,
      `tree ${'03'.repeat(20)}`,
      `tree ${'04'.repeat(20)}`,
    ]);
  });

  it.each([1, 6, 7, 8, 9, 28])('refuses a tree that is cut off after %i bytes', (length) => {
    const tree = treeOf([{ mode: '100644', name: 'a', id: 1 }]).subarray(0, length);

    expect(() => linksOfTree(tree, ID_BYTES, () => undefined)).toThrow(
      expect.objectContaining({ code: 'pack/corrupt' }),
    );
  });
});

describe('linksBeyond', () => {
  it('leaves out nothing but what is known', () => {
    fc.assert(
      fc.property(anyTree, anyTree, anyTree, anyTree, (before, one, other, behind) => {
        const [known, tree] = [one, other].map((middle) => treeOf([...before, ...middle, ...behind]));
        if (known === undefined || tree === undefined) return;
        const all = found((link) => linksOfTree(tree, ID_BYTES, link));
        const ofKnown = found((link) => linksOfTree(known, ID_BYTES, link));

        const beyond = found((link) => linksBeyond(known, tree, ID_BYTES, link));

        expect(new Set([...ofKnown, ...beyond])).toEqual(new Set([...ofKnown, ...all]));
        expect(all).toEqual(expect.arrayContaining(beyond));
      }),
      { numRuns: 2_000 },
    );
  });

  it('looks at one item where one has changed', () => {
    const items = Array.from({ length: 50 }, (_, n) => ({ mode: '100644', name: `f${n}`, id: n }));
    const known = treeOf(items);

    for (const changed of [0, 20, 49]) {
      const tree = treeOf(items.with(changed, { mode: '100644', name: `f${changed}`, id: 200 }));
      expect(found((link) => linksBeyond(known, tree, ID_BYTES, link))).toEqual([`blob ${'c8'.repeat(20)}`]);
      const shorter = treeOf(items.toSpliced(changed, 1));
      expect(found((link) => linksBeyond(known, shorter, ID_BYTES, link)).length).toBeLessThanOrEqual(1);
    }
    expect(found((link) => linksBeyond(known, known, ID_BYTES, link))).toEqual([]);
  });
});
