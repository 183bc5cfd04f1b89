import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../test/git-tree.ts';
import { compilePattern } from './attribute-pattern.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patterns '));
  await git(folder, 'init', '-q', '.');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (text: string) => Buffer.from(text).toString('latin1');

/** `<number of the pattern> <path>` for each pair that git takes for a match. */
async function matchedByGit(patterns: readonly string[], paths: readonly string[]): Promise<string[]> {
  writeFileSync(join(folder, '.gitattributes'), patterns.map((pattern, n) => `${pattern} n${n}\n`).join(''));
  const fields = (await git(folder, 'check-attr', '-z', '-a', '--', ...paths)).toString().split('\0');
  const matched: string[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) matched.push(`${fields[at + 1]?.slice(1)} ${fields[at]}`);
  return matched.sort((left, right) => (left < right ? -1 : 1));
}

function matchedByUs(patterns: readonly string[], paths: readonly string[]): string[] {
  const matched = patterns.flatMap((pattern, n) => {
    const matches = compilePattern(bytesOf(pattern));
    const found = paths.map(bytesOf).filter((path) => matches?.(path, path.slice(path.lastIndexOf('/') + 1)) === true);
    return found.map((path) => `${n} ${Buffer.from(path, 'latin1').toString()}`);
  });
  return matched.sort((left, right) => (left < right ? -1 : 1));
}

const WILDCARDS = String.raw`* * * ** **/ /** /**/ ? / / \ \* a a b ab ü - ] [ .`.split(' ');
const CLASSES =
  String.raw`[! [^ [] [a-b] [^a] [b-] []-a] [\]] [\a-b] [a-\b] [+--] [/] [!b/] [:alpha:] A [[:alpha:]] [[:digit:]x]`.split(
    ' ',
  );
const MORE = '[![:upper:]] [[:punct:]-z] [[:none:]] [[:alpha] [[::]] [[:space:]]'.split(' ');
const anyPattern = fc
  .array(fc.constantFrom(...WILDCARDS, ...CLASSES, ...MORE), { minLength: 1, maxLength: 7 })
  .map((parts) => parts.join(''));
const anyName = fc.array(fc.constantFrom('a', 'a', 'b', '-', ']', '[', 'ü', 'A', '1', '.', '\\', '*'), {
  minLength: 1,
  maxLength: 4,
});
const anyPath = fc
  .array(
    anyName.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 4 },
  )
  .map((names) => names.join('/'))
  .filter((path) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path));

describe('compilePattern', () => {
  it('matches the paths that git matches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPattern, { minLength: 150, maxLength: 200 }),
        fc.uniqueArray(anyPath, { minLength: 100, maxLength: 150 }),
        async (patterns, paths) => {
          expect(matchedByUs(patterns, paths)).toEqual(await matchedByGit(patterns, paths));
        },
      ),
      { numRuns: 10 },
    );
  }, 60_000);

  it('takes no time for a pattern that was made to take some', () => {
    const matches = compilePattern(`/${'**/*a*'.repeat(20)}b`);

    expect(matches?.(`${'a'.repeat(200)}/`.repeat(10), '')).toBe(false);
  });
});
