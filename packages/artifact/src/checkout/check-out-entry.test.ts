import { deflateRawSync } from 'node:zlib';
import type { PackedEntry } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { readPacked } from '../read-packed.ts';
import { checkOutEntries } from './check-out-entries.ts';
import type { CheckOutOptions } from './check-out-entry.ts';

interface Given {
  readonly path: string;
  readonly content: string | Buffer;
  readonly kind?: PackedEntry['kind'];
  /** As a tree says it, whatever the content is. */
  readonly size?: number;
}

function toEntry({ path, content, kind = 'file', size }: Given): PackedEntry {
  const bytes = Buffer.from(content);
  const packed = deflateRawSync(bytes);
  const body = { packing: 'deflate', bytes: packed.length, pieces: () => [packed] } as const;
  return { path, kind, size: size ?? bytes.length, crc32: 0, blob: 'ab'.repeat(20), body };
}

/** Git's order: the name of a folder ends with a slash. */
async function* treeOf(given: readonly Given[]): AsyncGenerator<PackedEntry> {
  for (const each of given) yield toEntry(each);
}

async function checkOut(given: readonly Given[], options?: CheckOutOptions): Promise<PackedEntry[]> {
  return listed(checkOutEntries(treeOf(given), options));
}

async function listed(entries: AsyncIterable<PackedEntry>): Promise<PackedEntry[]> {
  const all: PackedEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

async function contentOf(content: string | Buffer, attributes: string): Promise<string> {
  const [, entry] = await checkOut([
    { path: '.gitattributes', content: `x ${attributes}` },
    { path: 'x', content },
  ]);
  return entry === undefined ? '' : readPacked(entry).toString('latin1');
}

describe('checkOutEntries', () => {
  it('hands on what nothing converts as it came, compressed', async () => {
    const given = [
      {
        path: '.gitattributes',
        content: '*.bat eol=crlf\n*.link eol=crlf\nempty ident eol=crlf working-tree-encoding=UTF-16\n',
      },
      { path: 'a.link', content: 'b\n', kind: 'symlink' },
      { path: 'done.bat', content: 'a\r\nb\r\n' },
      { path: 'empty', content: '' },
      { path: 'other.txt', content: 'a\n' },
    ] as const;
    const entries = given.map(toEntry);
    async function* tree() {
      yield* entries;
    }

    const checkedOut = await listed(checkOutEntries(tree()));

    for (const [index, entry] of entries.entries()) expect(checkedOut[index]).toBe(entry);
  });

  it('gives entries as soon as no attributes can come any more, and in their order', async () => {
    const paths = ['+a/-', '+a/.gitattributes', '.b/c/d', '.gitattributes', 'e', 'f/-', 'f/g'];
    const tree = paths.map((path) => ({ path, content: path.endsWith('.gitattributes') ? '* eol=crlf' : 'x\n' }));
    const seen: string[] = [];
    async function* watched(): AsyncGenerator<PackedEntry> {
      for (const each of tree) {
        seen.push(`< ${each.path}`);
        yield toEntry(each);
      }
    }

    for await (const { path, size } of checkOutEntries(watched())) seen.push(`> ${path} ${size}`);

    const held = '< +a/-, < +a/.gitattributes, < .b/c/d, < .gitattributes';
    const given = '> +a/- 3, > +a/.gitattributes 10, > .b/c/d 3, > .gitattributes 10';
    expect(seen.join(', ')).toBe(`${held}, ${given}, < e, > e 3, < f/-, < f/g, > f/- 3, > f/g 3`);
  });

  it('names the attributes of each file that changes, and gives it an ID of its own', async () => {
    const told: (readonly string[])[] = [];
    const entries = await checkOut(
      [
        { path: '.gitattributes', content: '* text=auto\n*.bat eol=crlf ident\n*.csv working-tree-encoding=UTF-16\n' },
        { path: 'a.bat', content: 'x\n' },
        { path: 'b.bat', content: 'x' },
        { path: 'c.csv', content: 'x' },
      ],
      { onConverted: (attributes) => told.push(attributes) },
    );

    expect(told).toEqual([['eol=crlf', 'ident'], ['working-tree-encoding=UTF-16']]);
    const blobs = entries.map(({ blob }) => blob);
    expect(blobs[1]).toBe('db127bf6be70c2285b1d852d39387a37b01c3032');
    expect(new Set(blobs.slice(1)).size).toBe(3);
  });

  it('takes a link to be attributes, as git does, and nothing else that looks like them', async () => {
    const entries = await checkOut([
      { path: '.gitattributes', kind: 'symlink', content: 'x eol=crlf' },
      { path: 'd/.gitattributes/x', content: '* ident' },
      { path: 'd/x', content: '\n$Id$' },
      { path: 'd/x.gitattributes', content: '* ident' },
    ]);

    expect(entries.map(({ size }) => size)).toEqual([10, 7, 6, 7]);
  });

  it('keeps what is large and no text without inflating it', async () => {
    const content = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 'x\n')]);
    const options = { maxContentBytes: 1_000 };

    const [, entry] = await checkOut(
      [
        { path: '.gitattributes', content: '* text=auto eol=crlf' },
        { path: 'x', content },
      ],
      options,
    );

    expect(entry?.size).toBe(content.length);
  });

  it.each<[string, Given[], CheckOutOptions, string]>([
    [
      'an encoding that is not known',
      [{ path: 'x', content: 'x' }],
      {},
      '"x" is checked out: its encoding is Shift_JIS',
    ],
    ['a content over the limit', [{ path: 'y', content: 'long' }], { maxContentBytes: 3 }, 'it has more than 3 bytes'],
    [
      'attributes that nobody writes',
      [{ path: 'd/.gitattributes', content: '', size: 2 ** 20 + 1 }],
      {},
      '1048576 bytes',
    ],
    [
      'a tree that is not in order',
      [
        { path: 'd/x', content: '' },
        { path: 'd/.gitattributes', content: '* ident' },
      ],
      {},
      '"d/.gitattributes" is checked out: the tree is not in order',
    ],
  ])('leaves %s to git', async (_what, given, options, message) => {
    const content = 'x working-tree-encoding=Shift_JIS\ny eol=crlf';

    await expect(checkOut([{ path: '.gitattributes', content }, ...given], options)).rejects.toMatchObject({
      code: 'artifact/conversion-unsupported',
      message: expect.stringContaining(message),
    });
  });

  it('leaves to git what git refuses: an encoding without a name', async () => {
    await expect(contentOf('x', 'working-tree-encoding')).rejects.toThrow('its encoding is true');
    await expect(contentOf('x', '-working-tree-encoding')).rejects.toThrow('its encoding is false');
  });

  it('ignores attributes of 100 MB, and filters', async () => {
    const [, large] = await checkOut([
      { path: '.gitattributes', content: 'x ident', size: 100 * 1024 * 1024 },
      { path: 'x', content: '$Id$' },
    ]);

    expect(large?.size).toBe(4);
    expect(await contentOf('pointer\n', 'filter=lfs eol=crlf')).toBe('pointer\r\n');
  });

  it('takes the attributes of folders above from elsewhere, where it gets only some paths', async () => {
    const attributesAbove = new Map([
      ['.gitattributes', Buffer.from('[attr]windows eol=crlf\n*.bat windows\n')],
      ['a/.gitattributes', Buffer.from('y.bat -windows !eol\n')],
    ]);
    const given = ['a/.gitattributes', 'a/b/x.bat', 'a/b/y.bat', 'c/z.bat'].map((path) => ({ path, content: 'x\n' }));

    const entries = await checkOut(given, { attributesAbove });

    expect(entries.map(({ path, size }) => `${path} ${size}`)).toEqual([
      'a/.gitattributes 2',
      'a/b/x.bat 3',
      'a/b/y.bat 2',
      'c/z.bat 3',
    ]);
  });
});
