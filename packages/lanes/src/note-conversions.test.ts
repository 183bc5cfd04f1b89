import { crc32, deflateRawSync } from 'node:zlib';
import type { PackedEntry, TreeEntry } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { notePackedConversions, noteTreeConversions } from './note-conversions.ts';
import { StepLog } from './step-log.ts';

type File = readonly [path: string, content: string, kind?: TreeEntry['kind']];

async function* treeOf(files: readonly File[]): AsyncGenerator<TreeEntry> {
  for (const [path, text, kind = 'file'] of files) {
    const bytes = Buffer.from(text);
    async function* content() {
      yield bytes.subarray(0, 1);
      yield bytes.subarray(1);
    }
    yield { path, kind, size: bytes.length, content };
  }
}

async function* packOf(files: readonly File[]): AsyncGenerator<PackedEntry> {
  for (const [path, text, kind = 'file'] of files) {
    const content = Buffer.from(text);
    const deflated = deflateRawSync(content);
    const { length } = content;
    // What a server sends: small contents as they are, others as pieces of a stream.
    const body =
      length < 20
        ? ({ packing: 'none', content: () => content } as const)
        : ({
            packing: 'deflate',
            bytes: deflated.length,
            pieces: () => [deflated.subarray(0, 3), deflated.subarray(3)],
          } as const);
    yield { path, kind, size: length, crc32: crc32(content), blob: '', body };
  }
}

/** What the log says of a tree, the same by both ways, and that its entries are handed on. */
async function noted(files: readonly File[], applied: readonly string[] = []): Promise<string[]> {
  const lines: string[] = [];
  const log = new StepLog(
    (line) => lines.push(line.slice(11)),
    () => 0,
  );
  const handedOn: string[][] = [];
  for await (const { path, content } of noteTreeConversions(treeOf(files), log, applied)) {
    let text = '';
    for await (const chunk of content()) text += Buffer.from(chunk).toString();
    handedOn.push([path, text]);
  }
  expect(handedOn).toEqual(files.map(([path, content]) => [path, content]));
  if (applied.length > 0) return lines;
  const packed: string[] = [];
  for await (const { path } of notePackedConversions(packOf(files), log)) packed.push(path);
  expect(packed).toEqual(files.map(([path]) => path));
  expect(lines.slice(lines.length / 2)).toEqual(lines.slice(0, lines.length / 2));
  return lines.slice(0, lines.length / 2);
}

describe('noteTreeConversions and notePackedConversions', () => {
  it('say what a checkout would apply, and by which files, in one line', async () => {
    const files: File[] = [
      ['.gitattributes', '*.bat text eol=crlf\n*.c ident\n'],
      ['a.c', '$Id$'],
      ['sub/.gitattributes', '* eol=crlf\n'],
    ];

    expect(await noted(files)).toEqual([
      'Files are as committed: a checkout would apply eol=crlf, ident, by .gitattributes, sub/.gitattributes',
    ]);
  });

  it.each<[string, readonly File[]]>([
    ['no attributes', [['a', '* ident']]],
    ['an empty file of attributes', [['.gitattributes', '']]],
    ['attributes that change nothing', [['.gitattributes', '* text=auto eol=lf\n*.png binary\n']]],
    ['a link, which git does not follow', [['.gitattributes', 'sub/eol=crlf ident', 'symlink']]],
    [
      'a file of another name',
      [
        ['sub/x.gitattributes', '* ident'],
        ['.gitattributes/x', '* ident'],
      ],
    ],
    ['more than anybody writes', [['.gitattributes', `* ident\n${'#'.repeat(1024 * 1024)}`]]],
  ])('say nothing of %s', async (_, files) => {
    expect(await noted(files)).toEqual([]);
  });

  it('leave out what was applied', async () => {
    const files: File[] = [['.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n']];

    expect(await noted(files)).toEqual([expect.stringContaining('filter=lfs')]);
    expect(await noted(files, ['filter=lfs'])).toEqual([]);
  });

  it('name five files at most', async () => {
    const files = Array.from({ length: 7 }, (_, n): File => [`${n}/.gitattributes`, '* ident\n']);

    expect(await noted(files)).toEqual([
      expect.stringMatching(/ident, by 0\/\.gitattributes, .*4\/\.gitattributes and 2 more$/),
    ]);
  });
});
