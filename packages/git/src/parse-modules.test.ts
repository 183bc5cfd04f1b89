import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModules } from './parse-modules.ts';

const ENVIRONMENT = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };

/** What git reads; `undefined` where it refuses. */
function byGit(text: string): { name: string; key: string; value: string }[] | undefined {
  try {
    const args = ['config', '-z', '--file', '-', '--list'];
    const listed = execFileSync('git', args, { input: text, env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'ignore'] });
    return listed
      .toString('utf8')
      .split('\0')
      .flatMap((entry) => {
        const [, name, key, value] = /^submodule\.([\s\S]*)\.(path|url)\n([\s\S]*)$/.exec(entry) ?? [];
        return name === undefined || key === undefined || value === undefined ? [] : [{ name, key, value }];
      });
  } catch {
    return undefined;
  }
}

const USUAL = `[submodule "lib/a"]
\tpath = lib/a
\turl = ../a.git
\tbranch = main
[submodule "b"]
    path=b c  # comment
    URL = "https://h/b;1#x" ; comment
[core]
\tpath = none
`;

describe('parseModules', () => {
  it('reads what is usually written, and not only that', () => {
    expect(parseModules(Buffer.from(USUAL))).toEqual([
      { name: 'lib/a', key: 'path', value: 'lib/a' },
      { name: 'lib/a', key: 'url', value: '../a.git' },
      { name: 'b', key: 'path', value: 'b c' },
      { name: 'b', key: 'url', value: 'https://h/b;1#x' },
    ]);
  });

  it.each([
    '',
    '\ufeff[submodule "a"]\npath = a',
    '[submodule "a"]\r\n\tpath = a\r\n\turl = u\r\n',
    '[Submodule "A.b\\"c\\\\"]\nPath =\n',
    '[submodule]\npath = a\n',
    '[submodule "a"] # comment\n; comment\n\n   path = "a\\\\b" # c\n',
    '[submodule "ü"]\npath = ü',
  ])('reads %j as git does', (text) => {
    expect(parseModules(Buffer.from(text))).toEqual(byGit(text));
    expect(byGit(text)).toBeDefined();
  });

  it.each([
    ['a key before any section', 'path = a'],
    ['a section that is not closed', '[submodule "a"\npath = a'],
    ['a quote that is not closed', '[submodule "a"]\npath = "a'],
    ['an old form of sections', '[submodule.a]\npath = a'],
    ['a setting beside its section', '[submodule "a"] path = a'],
    ['a continued line', '[submodule "a"]\npath = a\\\nb'],
    ['an escape', '[submodule "a"]\npath = a\\tb'],
    ['quotes within a value', '[submodule "a"]\npath = a"b"c'],
    ['a key alone', '[submodule "a"]\npath'],
    ['a tab within a value', '[submodule "a"]\npath = a\tb'],
    ['a carriage return alone', '[submodule "a"]\npath = a\rb'],
    ['no UTF-8', Buffer.from([0x5b, 0xff])],
    ['a page', '<html>'],
  ])('leaves %s to git', (_, text) => {
    expect(parseModules(Buffer.from(text))).toBeUndefined();
  });

  it('never reads anything else than git', () => {
    const of = (...parts: string[]) => fc.array(fc.constantFrom(...parts), { maxLength: 5 }).map((all) => all.join(''));
    const value = of('a', 'b', ' ', '"', '\\"', '\\\\', '\\', '#', ';', '=', '.', '-', '/', ':', 'ü', '\t', '[', ']');
    const key = fc.constantFrom('path', 'url', 'Url', 'branch', 'p-1', '1p', 'p.q', '');
    const setting = fc.tuple(key, fc.constantFrom('=', ' = ', '\t=', ''), value).map((parts) => parts.join(''));
    const section = fc
      .tuple(fc.constantFrom('submodule', 'SubModule', 'x', ''), value)
      .map(([kind, name]) => `[${kind} "${name}"]`);
    const line = fc.oneof(section, setting, setting, fc.constantFrom('', '# c', '; c', '[submodule]', '[core]'));
    const end = fc.constantFrom('\n', '\n', '\n\t', '\r\n', ' \n', '\r');
    let read = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end), { maxLength: 5 }), (lines) => {
        const text = `[submodule "a"]\n${lines.flat().join('')}`;
        const parsed = parseModules(Buffer.from(text));
        if (parsed === undefined) return;
        read += 1;
        expect(parsed).toEqual(byGit(text));
      }),
      { numRuns: 1_500 },
    );
    expect(read).toBeGreaterThan(100);
  }, 60_000);

  it('takes no longer for a megabyte of spaces than for one of anything else', () => {
    const text = `[submodule "a"]\npath = a${' '.repeat(1_000_000)}"\n`;

    const start = performance.now();
    parseModules(Buffer.from(text));

    // Looked at again from each of them, it would take minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
