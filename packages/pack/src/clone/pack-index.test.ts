import { describe, expect, it } from 'vitest';
import { parseObjectId } from '../objects/object-id.ts';
import { makePackIndex } from './pack-index.ts';

const id = (digits: string) => parseObjectId(digits.repeat(20));
const CHECKSUM = Buffer.alloc(20, 0xcc);
/** Signature, version, and 256 numbers. */
const HEAD_BYTES = 1_032;

describe('makePackIndex', () => {
  it('keeps offsets of more than 31 bits in a table of their own', () => {
    const objects = [
      { id: id('ff'), offset: 12, crc32: 1 },
      { id: id('00'), offset: 0x80000000, crc32: 2 },
      { id: id('80'), offset: 0x7fffffff, crc32: 3 },
      { id: id('81'), offset: 5_000_000_000, crc32: 0xffffffff },
    ];
    const index = makePackIndex('sha1', objects, CHECKSUM);
    const checksums = HEAD_BYTES + 4 * 20;
    const numbers = (at: number) => [0, 4, 8, 12].map((offset) => index.readUInt32BE(at + offset));

    expect(index.length).toBe(HEAD_BYTES + 4 * 28 + 2 * 8 + 40);
    expect(numbers(checksums)).toEqual([2, 3, 0xffffffff, 1]);
    expect(numbers(checksums + 16)).toEqual([0x80000000, 0x7fffffff, 0x80000001, 12]);
    expect(index.readBigUInt64BE(checksums + 32)).toBe(0x80000000n);
    expect(index.readBigUInt64BE(checksums + 40)).toBe(5_000_000_000n);
    expect([0, 0x7f, 0x80, 0xfe, 0xff].map((byte) => index.readUInt32BE(8 + byte * 4))).toEqual([1, 1, 2, 3, 4]);
  });

  it('refuses a pack that has an object twice', () => {
    const twice = [12, 40].map((offset) => ({ id: id('ab'), offset, crc32: 0 }));

    expect(() => makePackIndex('sha1', twice, CHECKSUM)).toThrow(expect.objectContaining({ code: 'pack/corrupt' }));
  });
});
