import { isUtf8 } from 'node:buffer';

/**
 * Writes a text of UTF-8 in another encoding, as git does with glibc's iconv: the content itself where it is not UTF-8 or has a
 * character that the encoding lacks. Undefined for encodings, and names of them, that are not known to come out the same.
 */
export function encodeText(content: Buffer, encoding: string): Buffer | undefined {
  const encode = unicodeEncoder(encoding) ?? singleByteEncoder(encoding);
  if (encode === undefined) return undefined;
  return isUtf8(content) ? (encode(content.toString('utf8')) ?? content) : content;
}

type Encode = (text: string) => Buffer | undefined;

const BYTE_ORDER_MARK = '\ufeff';

/** Without a byte order in its name: little-endian, as the machines are on which this runs, and a mark that says so. */
function unicodeEncoder(encoding: string): Encode | undefined {
  const [, width, order = '', mark] = /^UTF-?(16|32)((?:LE|BE)?)(-BOM)?$/.exec(encoding.toUpperCase()) ?? [];
  if (width === undefined || (mark !== undefined && (width === '32' || order === ''))) return undefined;
  const start = mark !== undefined || order === '' ? BYTE_ORDER_MARK : '';
  return (text) => (width === '16' ? toUtf16(start + text, order) : toUtf32(start + text, order));
}

function toUtf16(text: string, order: string): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'BE' ? bytes.swap16() : bytes;
}

function toUtf32(text: string, order: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length * 4);
  let end = 0;
  for (const character of text) end = bytes.writeUInt32LE(character.codePointAt(0) ?? 0, end);
  const written = bytes.subarray(0, end);
  return order === 'BE' ? written.swap32() : written;
}

const LATIN_1 = /^(?:LATIN-?1|L1|ISO[-_]?8859-1)$/;
/** Those in which Node and glibc 2.36 agree on every byte, and the names that glibc has for them. */
const ISO = /^ISO[-_]?8859-([2-8]|10|1[3-6])$/;
const WINDOWS = /^(?:WINDOWS-|CP)(125[012347])$/;

/** The byte of each character, of the encodings that were asked for. */
const tables = new Map<string, ReadonlyMap<string, number>>();

function singleByteEncoder(encoding: string): Encode | undefined {
  const label = labelOf(encoding.toUpperCase());
  if (label === undefined) return undefined;
  const table = tables.get(label) ?? readTable(label);
  tables.set(label, table);
  return (text) => encodeBytes(text, table);
}

function labelOf(name: string): string | undefined {
  if (LATIN_1.test(name)) return 'latin1';
  if (name === 'KOI8-R') return name;
  const [, iso] = ISO.exec(name) ?? [];
  if (iso !== undefined) return `iso-8859-${iso}`;
  const [, windows] = WINDOWS.exec(name) ?? [];
  return windows && `windows-${windows}`;
}

function readTable(label: string): ReadonlyMap<string, number> {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  if (label === 'latin1') return new Map(Array.from(bytes.toString('latin1'), (character, byte) => [character, byte]));
  const text = new TextDecoder(label).decode(bytes);
  const characters = Array.from(text, (character, byte) => [character, byte] as const);
  return new Map(characters.filter(([character]) => isMapped(character, label)));
}

/** The web takes what Windows left empty for control characters. */
function isMapped(character: string, label: string): boolean {
  return character !== '\ufffd' && !(label.startsWith('windows') && /[\x80-\x9f]/.test(character));
}

function encodeBytes(text: string, table: ReadonlyMap<string, number>): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (const character of text) {
    const byte = table.get(character);
    if (byte !== undefined) {
      bytes[length] = byte;
      length += 1;
    } else if (!isTag(character)) return undefined;
  }
  return bytes.subarray(0, length);
}

/** Characters of U+E0000 to U+E007F are left out by glibc. */
function isTag(character: string): boolean {
  return (character.codePointAt(0) ?? 0) >> 7 === 0xe0000 >> 7;
}
