import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusKey } from './status-key.ts';

describe('statusKey', () => {
  it('keeps what fits', () => {
    expect(statusKey('codepipeline/app', 40)).toBe('codepipeline/app');
    expect(statusKey('x'.repeat(40), 40)).toBe('x'.repeat(40));
  });

  it('fits, is whole, and tells texts apart', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [key, otherKey] = [statusKey(one, 40), statusKey(other, 40)];
        expect(key.length).toBeLessThanOrEqual(40);
        expect(key).not.toMatch(/\p{Cs}/u);
        expect(key === otherKey).toBe(one === other);
      }),
    );
  });
});
