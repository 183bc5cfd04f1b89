import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptBytes } from './kept-bytes.ts';

describe('KeptBytes', () => {
  it('gives back what was appended, in its order', () => {
    const anyPart = fc.oneof(fc.nat(300), fc.nat(600_000)).map((length) => Buffer.alloc(length, `${length} `));
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 12 }), (parts) => {
        const kept = new KeptBytes();
        for (const part of parts) kept.append(part);
        const all = Buffer.concat(parts);

        expect(kept.length).toBe(all.length);
        expect(Buffer.concat([...kept.pieces()]).equals(all)).toBe(true);
      }),
    );
  });
});
