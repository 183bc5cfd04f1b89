import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literal, matchesPattern, wildcard } from './wildcard.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 12 });

describe('matchesPattern', () => {
  it('agrees with a regular expression of the same meaning', () => {
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const source = pattern.replace(/[/]/g, '\\/').replace(/\*/g, '[^]*').replace(/\?/g, '[^]');
        expect(matchesPattern(wildcard(pattern), text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
    );
  });

  it('takes a literal pattern at its word', () => {
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        expect(matchesPattern(literal(pattern), text)).toBe(pattern === text);
      }),
    );
  });

  it('does not slow down on many stars', () => {
    const pattern = wildcard('*a'.repeat(200));

    expect(matchesPattern(pattern, `${'a'.repeat(2000)}b`)).toBe(false);
  });
});
