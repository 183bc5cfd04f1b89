import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { cloneOf, contentsOf, packedTree } from '../../test/checkout-tree.ts';
import { type CommittedFile, commitFiles } from '../../test/git-tree.ts';
import { checkOutEntries } from './check-out-entries.ts';

const scratch = mkdtempSync(join(tmpdir(), 'check out '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Files = readonly (readonly [path: string, content: string | Uint8Array])[];

async function expectAsCloned(files: Files): Promise<void> {
  const folder = mkdtempSync(join(scratch, 'bare-'));
  const committed: CommittedFile[] = files.map(([path, content]) => ({ path, content: Buffer.from(content) }));
  await commitFiles(folder, committed);
  const contents = new Map(files.map(([path, content]) => [path, Buffer.from(content)]));

  const ours = await contentsOf(checkOutEntries(packedTree(folder, contents)));

  const git = await cloneOf(folder, join(folder, 'clone'));
  expect(shown(ours)).toEqual(shown(git));
  rmSync(folder, { recursive: true });
}

function shown(contents: Map<string, Buffer>): Record<string, string> {
  return Object.fromEntries([...contents].map(([path, content]) => [path, content.toString('latin1')]));
}

/** Words, some of them several times so that they are taken more often. */
const listOf = (text: TemplateStringsArray) =>
  String.raw(text)
    .trim()
    .split(/\s+\|\s+/);

const FOLDERS = ['', '', 'd/', 'd/e/', '.a/', '-f/', 'd/-g/', 'ü/'];
const NAMES = listOf`-x | $y | #z | .a.txt | .gitattribute | .gitattributesx | a.txt | b.c | ü.txt | x y.txt | a[1].txt | !n | A.TXT | zz`;
const PATTERNS = listOf`* | * | *.txt | *.c | a* | /a.txt | d/* | d/** | **/b.c | ** | d/**/a.txt | /**/a.txt | ?.txt | ??.txt | [ab].*
  | [[:alpha:]]* | [!a]* | "x y.txt" | "\303\274.txt" | ü.txt | ü/* | d/ | !*.txt | \!n | "\\!n" | \#z | #z | -x | *.[!t]*
  | a\[1\].txt | e** | d**/a.txt | d/e | "a.txt | [attr] | .gitattributes | $? | -f/**`;
const SETTINGS = listOf`text | -text | !text | text=auto | text=auto | text=input | text=foo | eol=crlf | eol=crlf | eol=crlf | eol=lf
  | eol=x | -eol | !eol | crlf | -crlf | crlf=input | crlf=auto | ident | ident | -ident | !ident | ident=x | binary | -binary | !binary
  | own | own | -own | other | filter=lfs | filter=foo | bad/name | - | =x | export-ignore | !working-tree-encoding
  | working-tree-encoding= | working-tree-encoding=utf8 | working-tree-encoding=UTF-16 | working-tree-encoding=utf-16le-bom
  | working-tree-encoding=UTF-32BE | working-tree-encoding=latin1`;
const MACROS = listOf`[attr]own text eol=crlf | [attr]own ident other | [attr]other -text own | [attr]other !ident eol=crlf
  | [attr]binary ident | [attr] a ident | [attr]bad/name ident | "[attr]own x" ident`;
const ODD_LINES = ['', '# * ident', '  * ident\r', `* ident ${'a'.repeat(2050)}`, '\ufeff* ident', '"*"ident'];
const IDENTS = ['$Id$', '$Id: x $', '$Id: a b $', '$Id:a b$', '$Id:', '$Id', '$', ':', ' $'];
const TEXTS = [
  'a',
  'b c',
  '\n',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '\0',
  '\x1a',
  '\x1b',
  '\x7f',
  '\t',
  'ü',
  '€',
  '😀',
  '\ufeff',
  'x'.repeat(200),
];
const NOT_UTF8 = [Buffer.from([0xff]), Buffer.from([0xed, 0xa0, 0x80])];

const anyText = fc.constantFrom(...IDENTS, ...TEXTS).map((text) => Buffer.from(text));
const anyPart = fc.oneof({ weight: 30, arbitrary: anyText }, { weight: 1, arbitrary: fc.constantFrom(...NOT_UTF8) });
const anyContent = fc.array(anyPart, { maxLength: 12 }).map((parts) => Buffer.concat(parts));
const anyRule = fc
  .tuple(
    fc.constantFrom(...PATTERNS),
    fc.array(fc.constantFrom(...SETTINGS), { maxLength: 4 }),
    fc.constantFrom(' ', '\t', '  '),
  )
  .map(([pattern, settings, blank]) => [pattern, ...settings].join(blank));
const anyLine = fc.oneof(
  { weight: 8, arbitrary: anyRule },
  { weight: 2, arbitrary: fc.constantFrom(...MACROS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_LINES) },
);
const anyFolder = fc.constantFrom(...FOLDERS);
const anyAttributes = fc
  .tuple(anyFolder, fc.array(anyLine, { minLength: 1, maxLength: 6 }), fc.constantFrom('\n', '\n', '\r\n', '\n\0'))
  .map(([folder, lines, end]) => [`${folder}.gitattributes`, Buffer.from(lines.join(end))] as const);
const anyFile = fc
  .tuple(anyFolder, fc.constantFrom(...NAMES), anyContent)
  .map(([folder, name, content]) => [folder + name, content] as const);
const anyTree = fc
  .tuple(fc.array(anyAttributes, { minLength: 1, maxLength: 4 }), fc.array(anyFile, { minLength: 8, maxLength: 40 }))
  .map(([attributes, files]) => [...new Map([...attributes, ...files])]);

describe('checkOutEntries', () => {
  it('gives what a clone has in its work tree', async () => {
    await fc.assert(fc.asyncProperty(anyTree, expectAsCloned), { numRuns: 15 });
  }, 120_000);

  it('expands every form of $Id$ as a clone does', async () => {
    const forms = [
      '$Id$',
      '$Id: x $',
      '$Id: a b $',
      '$Id:a b$',
      '$Id:$',
      '$Id: $',
      '$Id',
      '$Id:',
      '$$Id$',
      '$Idx$Id:y$',
      '$Id\0$Id$',
    ];
    const content = [...forms, '$Id: a\nb $', '$Id:\tx $', '$Id: \0 x y $', '$id$', '$Id $', '$I$Id$', '$Id$Id$'].join(
      '|\n',
    );
    const attributes =
      '* ident\n*.auto text=auto\n*.crlf eol=crlf\n*.autocrlf text=auto eol=crlf\n*.autolf text=auto eol=lf\n*.u working-tree-encoding=UTF-16BE\n';
    const names = ['plain', 'x.auto', 'x.crlf', 'x.autocrlf', 'x.autolf', 'x.u'];
    const endings = forms.map((form) => [`ends with ${forms.indexOf(form)}`, form] as const);

    await expectAsCloned([
      ['.gitattributes', attributes],
      ...names.map((name) => [name, content] as const),
      ...endings,
    ]);
  });
});
