import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const TEMPLATES = execFileSync('git', ['ls-files', 'cloudformation/*.yaml'], { encoding: 'utf8' }).trim().split('\n');
const PAGE = readFileSync('docs/configuration.md', 'utf8');

/** `[parameter, default]` of each row of a template's table; a row may hold several, and one default may hold for all. */
function documentedParameters(section: string): [string, string][] {
  return rowsOf(section, 'parameter').flatMap(([names = '', defaults = '']) => {
    const listed = defaults.split(', ').map((text) => text.replaceAll('`', ''));
    return codes(names).map((name, index): [string, string] => [
      name,
      (listed.length === 1 ? listed[0] : listed[index]) ?? '',
    ]);
  });
}

/** Cells of the rows of the table whose first column has this heading. */
function rowsOf(section: string, heading: string): string[][] {
  const [, table = ''] = new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(section) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
}

function codes(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, code = '']) => code);
}

describe('docs/configuration.md', () => {
  it.each(TEMPLATES)('has every parameter of %s with its default, and every output', (file) => {
    const template = parse(readFileSync(file, 'utf8'), { logLevel: 'error' });
    const section = PAGE.split(`\n### ${basename(file)}\n`)[1]?.split('\n### ')[0] ?? '';
    const parameters = Object.entries<{ Default?: string | number }>(template.Parameters).map(([name, parameter]) => {
      const { Default: value } = parameter;
      return [name, value === undefined ? 'required' : value === '' ? 'empty' : String(value)];
    });

    expect(Object.fromEntries(documentedParameters(section))).toEqual(Object.fromEntries(parameters));
    expect(codes(section)).toEqual(expect.arrayContaining(Object.keys(template.Outputs ?? {})));
  });
});
