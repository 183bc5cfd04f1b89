import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { has } from '../../test/git-tree.ts';
import { encodeText } from './encode-text.ts';

const ISO = [2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].map((part) => `ISO-8859-${part}`);
const WINDOWS = [1250, 1251, 1252, 1253, 1254, 1257].map((page) => `Windows-${page}`);
const NAMES = ['latin1', 'L1', 'ISO-8859-1', 'iso8859-1', 'ISO_8859-1', 'koi8-r', 'CP1252'];
const UNICODE = ['UTF-16', 'utf16', 'UTF-16LE', 'UTF-16BE', 'UTF-32', 'UTF32', 'UTF-32LE', 'utf-32be'];
/** All of the first two planes and the tags, but for what stands for half a character. */
const CHARACTERS = Array.from({ length: 0x20000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .concat(0xe0001, 0xe007f, 0xe0080, 0x10ffff)
  .map((code) => String.fromCodePoint(code));

function byIconv(text: string | Buffer, encoding: string): Buffer | undefined {
  const { status, stdout } = spawnSync('iconv', ['-f', 'UTF-8', '-t', encoding], { input: text, maxBuffer: 2 ** 24 });
  return status === 0 ? stdout : undefined;
}

describe.skipIf(!has('iconv', '--version'))('encodeText (needs iconv)', () => {
  it.each(UNICODE)('writes every character of %s as iconv does', (encoding) => {
    const text = Buffer.from(CHARACTERS.join(''));

    expect(encodeText(text, encoding)?.equals(byIconv(text, encoding) ?? Buffer.of())).toBe(true);
  });

  it.each([ISO, WINDOWS, NAMES].flat())(
    'writes the characters of %s as iconv does, and knows no others',
    (encoding) => {
      const isKnown = (character: string) => {
        const content = Buffer.from(character);
        return encodeText(content, encoding) !== content;
      };
      const known = Buffer.from(CHARACTERS.filter(isKnown).join(''));

      expect(encodeText(known, encoding)?.equals(byIconv(known, encoding) ?? Buffer.of())).toBe(true);
      // With `-c`, iconv leaves out what it cannot write.
      const all = Buffer.from(CHARACTERS.join(''));
      const { stdout } = spawnSync('iconv', ['-c', '-f', 'UTF-8', '-t', encoding], { input: all, maxBuffer: 2 ** 24 });
      expect(stdout.equals(encodeText(known, encoding) ?? Buffer.of())).toBe(true);
    },
  );

  it.each(['UTF-16', 'UTF-16LE-BOM', 'UTF-32BE', 'latin1', 'Windows-1252'])(
    'leaves what is not UTF-8 as it is, for %s',
    (encoding) => {
      for (const bytes of [[0xff], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf], [0x61, 0xc3]]) {
        const content = Buffer.from(bytes);

        expect(encodeText(content, encoding)).toBe(content);
        expect(byIconv(content, encoding.replace('-BOM', ''))).toBeUndefined();
      }
    },
  );
});

describe('encodeText', () => {
  it('writes a mark where the name says so', () => {
    expect(encodeText(Buffer.from('a'), 'UTF-16LE-BOM')).toEqual(Buffer.from([0xff, 0xfe, 0x61, 0]));
    expect(encodeText(Buffer.from('a'), 'utf16be-bom')).toEqual(Buffer.from([0xfe, 0xff, 0, 0x61]));
    expect(encodeText(Buffer.from('a'), 'UTF-16LE')).toEqual(Buffer.from([0x61, 0]));
  });

  it.each(['Shift_JIS', 'UTF-7', 'UTF-16-BOM', 'UTF-32LE-BOM', 'UCS-2', 'ISO-8859-9', 'latin1//TRANSLIT', 'true', ''])(
    'does not know %j',
    (encoding) => {
      expect(encodeText(Buffer.from('a'), encoding)).toBeUndefined();
    },
  );
});
