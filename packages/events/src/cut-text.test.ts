import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBytes, cutCharacters, cutUnits } from './cut-text.ts';

describe('cutCharacters, cutUnits and cutBytes', () => {
  it('never exceed their limit nor cut a character in half', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, fc.integer({ min: 3, max: 40 }), (given, limit) => {
        const characters = cutCharacters(given, limit);
        const units = cutUnits(given, limit);
        const bytes = cutBytes(given, limit);
        expect(Array.from(characters).length).toBeLessThanOrEqual(limit);
        expect(units.length).toBeLessThanOrEqual(limit);
        expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(limit);
        for (const cut of [characters, units, bytes]) {
          expect(cut).not.toMatch(/\ufffd|\p{Cs}/u);
          expect(given === cut || given.startsWith(cut.slice(0, -1))).toBe(true);
        }
      }),
    );
  });

  it('take no more of megabytes apart than they keep', () => {
    const text = Buffer.alloc(8_000_000, '🌲').toString();
    const before = process.memoryUsage().heapUsed;

    const cut = cutCharacters(text, 10);

    expect(cut).toBe(`${'🌲'.repeat(9)}…`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  });
});
