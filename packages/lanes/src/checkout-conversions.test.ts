import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitFiles, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversionsOf } from './checkout-conversions.ts';

describe('conversionsOf', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['*.bat eol=crlf\n*.sh text eol=lf', ['eol=crlf']],
    ['* text=auto\n*.png binary\n*.txt text\n*.x -text !eol', []],
    ['*.c ident\n*.h -ident !ident ident=x', ['ident']],
    ['*.bin filter=lfs diff=lfs merge=lfs -text', ['filter=lfs']],
    ['*.x -filter filter filter=', []],
    ['*.ps1 working-tree-encoding=UTF-16LE-BOM', ['working-tree-encoding=UTF-16LE-BOM']],
    ['*.txt working-tree-encoding=UTF-8\n*.md working-tree-encoding=utf8', []],
    ['\t *.a\teol=crlf\r\n*.b   ident\r\n', ['eol=crlf', 'ident']],
    ['"a b.txt" eol=crlf\n"quoted \\" ident" text', ['eol=crlf']],
    ['# *.c ident\n   # eol=crlf', []],
    ['[attr]windows text eol=crlf\n*.cmd windows', ['eol=crlf']],
    ['ident eol=lf', []],
    ['*.a ident\n*.b ident', ['ident']],
    [`*.a ident ${'x'.repeat(2048)}`, []],
    ['dist export-ignore\n*.md export-subst whitespace=cr-at-eol', []],
  ])('of %j gives %j', (attributes, expected) => {
    expect(conversionsOf(attributes)).toEqual(expected);
  });
});

describe('what git itself does on a checkout', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'conversions-'));
    await runGit(folder, ['init', '--quiet', '--initial-branch=main']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    'eol=crlf',
    'text eol=crlf',
    'eol=lf',
    'text',
    'text=auto',
    'crlf=input',
    'binary',
    'ident',
    '-ident',
    'working-tree-encoding=UTF-16LE',
    'working-tree-encoding=utf8',
  ])('changes a file with %s exactly where conversionsOf says so', async (attributes) => {
    const content = '$Id$ line\nsecond\n';
    const line = `file.txt ${attributes}\n`;
    const sha = await commitFiles(folder, 'main', {
      message: 'x',
      files: { '.gitattributes': line, 'file.txt': content },
    });
    await runGit(folder, ['reset', '--quiet', '--hard', sha]);
    rmSync(join(folder, 'file.txt'));
    await runGit(folder, ['checkout', '--force', sha, '--', 'file.txt']);

    const isChanged = readFileSync(join(folder, 'file.txt'), 'latin1') !== content;
    expect(isChanged).toBe(conversionsOf(line).length > 0);
  });
});
