import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBytes, cutCharacters } from './cut-text.ts';

describe('cutCharacters and cutBytes', () => {
  it('never exceed their limit nor cut a character in half', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, fc.integer({ min: 3, max: 40 }), (given, limit) => {
        const characters = cutCharacters(given, limit);
        const bytes = cutBytes(given, limit);
        expect(Array.from(characters).length).toBeLessThanOrEqual(limit);
        expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(limit);
        for (const cut of [characters, bytes]) {
          expect(cut).not.toContain('\ufffd');
          expect(given === cut || given.startsWith(cut.slice(0, -1))).toBe(true);
        }
      }),
    );
  });
});
