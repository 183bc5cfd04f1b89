import { crc32 } from 'node:zlib';
import { descriptorLength } from './read-descriptor.ts';

const SIGNATURE = Buffer.from('PK\x07\x08', 'latin1');
/** The longest descriptor and the signature of the header after it. */
export const STORED_END_BYTES = 28;

/**
 * Finds the end of a stored content whose length stands only after it: where a signed descriptor holds the checksum
 * and length of all before it and a header follows. A content made to look so is found out by the directory.
 */
export class StoredEnd {
  crc = 0;
  #length = 0;

  /** How many of `bytes`, at least `STORED_END_BYTES`, belong to the content, and whether it ends there. */
  scan(bytes: Buffer): { readonly passed: number; readonly isEnd: boolean } {
    let passed = 0;
    const pass = (to: number) => {
      this.crc = crc32(bytes.subarray(passed, to), this.crc);
      this.#length += to - passed;
      passed = to;
    };
    const isEnd = (at: number) => {
      const measured = { crc: this.crc, size: this.#length, compressedSize: this.#length };
      return descriptorLength(bytes.subarray(at), measured) !== undefined;
    };
    // An empty content may have a descriptor without a signature; a longer one could end anywhere.
    if (this.#length === 0 && isEnd(0)) return { passed, isEnd: true };
    for (let at = bytes.indexOf(SIGNATURE); at >= 0; at = bytes.indexOf(SIGNATURE, at + 1)) {
      pass(at);
      if (at + STORED_END_BYTES > bytes.length) return { passed, isEnd: false };
      if (isEnd(at)) return { passed, isEnd: true };
    }
    // The last three bytes may begin a signature.
    pass(Math.max(passed, bytes.length - SIGNATURE.length + 1));
    return { passed, isEnd: false };
  }
}
