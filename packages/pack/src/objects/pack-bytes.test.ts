import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../../test/git-fixture.ts';
import { PackBytes } from './pack-bytes.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const ALL = randomBytes(22 * 1024 * 1024);

function filled(maxMemoryBytes: number, pieceBytes: number): PackBytes {
  const bytes = new PackBytes({ maxMemoryBytes, spoolFolder: scratch.folder });
  for (let at = 0; at < ALL.length; at += pieceBytes) bytes.append(ALL.subarray(at, at + pieceBytes));
  return bytes;
}

const sha = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

describe('PackBytes', () => {
  it.each([
    ['in memory', 64, 50_000, 0],
    ['partly in a file', 8, 65_515, 16],
    ['in pieces larger than its own', 8, 9_000_000, 16],
  ])('gives any range back, %s', (_how, mebibytes, pieceBytes, spooled) => {
    const bytes = filled(mebibytes * 1024 * 1024, pieceBytes);
    expect(bytes.length).toBe(ALL.length);
    expect(bytes.spooledBytes).toBe(spooled * 1024 * 1024);
    const anyOffset = fc.nat(ALL.length - 1);
    const anyLength = fc.oneof(fc.nat(100), fc.nat(6_000_000));
    fc.assert(
      fc.property(anyOffset, anyLength, (offset, wanted) => {
        const length = Math.min(wanted, ALL.length - offset);
        const expected = sha(ALL.subarray(offset, offset + length));
        expect(sha(bytes.view(offset, length))).toBe(expected);
        expect(sha(Buffer.concat([...bytes.pieces(offset, length)]))).toBe(expected);
      }),
      { numRuns: 40 },
    );
    bytes.close();
  });

  it('leaves no name in the folder, and says where a file cannot be', () => {
    filled(8 * 1024 * 1024, 100_000).close();
    expect(readdirSync(scratch.folder)).toEqual([]);
    const bytes = new PackBytes({ maxMemoryBytes: 0, spoolFolder: join(scratch.folder, 'missing') });
    expect(() => bytes.append(ALL)).toThrow(
      expect.objectContaining({ code: 'pack/spool-failed', message: expect.stringMatching(/missing \(ENOENT: .*\)/) }),
    );
  });

  it('gives nothing back when it is closed', () => {
    const bytes = filled(64 * 1024 * 1024, 1_000_000);
    bytes.close();
    expect(() => bytes.view(0, 10)).toThrow(expect.objectContaining({ code: 'pack/spool-failed' }));
  });
});
