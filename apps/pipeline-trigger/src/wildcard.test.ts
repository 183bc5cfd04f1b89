import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchWildcard, parseWildcard } from './wildcard.ts';

function fits(pattern: string, text: string): boolean {
  return matchWildcard(parseWildcard(pattern), text);
}

describe('matchWildcard', () => {
  it.each([
    ['src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/a.tsx', false],
    ['src/*', 'src/', true],
    ['src/*', 'src/a/b.ts', true],
    ['src/*', 'other/src/a', false],
    ['*', '', true],
    ['*', 'any/thing', true],
    ['*.md', 'docs/a.md', true],
    ['*.md', '.md', true],
    ['*.md', 'a.mdx', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-c-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['*b*', 'abc', true],
    ['*/src/*', 'src/a', false],
    ['a.c', 'abc', false],
    ['A*', 'abc', false],
    ['gr*ße/☃*', 'größe/☃/a', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a\\\\*', 'a\\b', true],
    ['a\\\\\\*', 'a\\*', true],
    ['\\**', '*a', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %j', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.constantFrom('a', 'b', '/', '.');
    const pattern = fc
      .array(fc.oneof({ weight: 2, arbitrary: letters }, fc.constant('*')), { maxLength: 8 })
      .map((parts) => parts.join('').replace(/\*+/g, '*'));
    const text = fc.array(letters, { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (given, value) => {
        const expression = new RegExp(`^${given.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);

        expect(fits(given, value)).toBe(expression.test(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('fits every text that has itself as an escaped pattern', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(fits(text.replace(/[*\\]/g, '\\$&'), text)).toBe(true);
      }),
    );
  });

  it('ends where an expression would try everything', () => {
    const pattern = `${'a*'.repeat(10_000)}b`;

    expect(fits(pattern, 'a'.repeat(200_000))).toBe(false);
    expect(fits(pattern, `${'a'.repeat(200_000)}b`)).toBe(true);
  });
});

describe('parseWildcard', () => {
  it.each([
    ['src/**', /"src\/\*\*" holds "\*\*"/],
    ['**', /"\*\*"/],
    ['a***b', /"\*\*"/],
    ['a\\b', /backslash/],
    ['a\\', /backslash/],
  ])('refuses %j as EventBridge does', (pattern, message) => {
    expect(() => parseWildcard(pattern)).toThrow(message);
  });
});
