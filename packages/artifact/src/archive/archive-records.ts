import { corrupt, shownName } from './archive-errors.ts';

/** Signatures and layouts of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10), by its sections. */
export const LOCAL_HEADER = 0x04034b50;
export const CENTRAL_HEADER = 0x02014b50;
export const END_RECORD = 0x06054b50;
export const ZIP64_END_RECORD = 0x06064b50;
export const ZIP64_LOCATOR = 0x07064b50;

export const FLAG_ENCRYPTED = 1 << 0;
export const FLAG_DESCRIPTOR = 1 << 3;
export const FLAG_UTF8 = 1 << 11;
/** 4.4.4: bit 5 is a patch, bit 6 strong encryption, bit 13 a masked header. */
export const FLAGS_REFUSED = FLAG_ENCRYPTED | (1 << 5) | (1 << 6) | (1 << 13);

export const METHOD_STORED = 0;
export const METHOD_DEFLATED = 8;

const ZIP64_EXTRA = 0x0001;
const UNICODE_PATH_EXTRA = 0x7075;
const FULL_32 = 0xffffffff;

/** What the local and the central header say alike. */
export interface ArchiveHeader {
  /** The name's bytes as they stand, `/`-terminated for a folder. */
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** 4.6.9's UTF-8 name with the CRC-32 of the name it replaces. */
  readonly unicodePath: { readonly nameCrc: number; readonly path: Buffer } | undefined;
}

export interface CentralHeader extends ArchiveHeader {
  /** 4.4.2: 3 is Unix, 19 macOS; only their modes count. */
  readonly madeBy: number;
  readonly disk: number;
  readonly attributes: number;
  readonly offset: number;
}

export const LOCAL_HEADER_BYTES = 30;
export const CENTRAL_HEADER_BYTES = 46;

/** How many bytes follow a header of fixed size: name, extra fields, comment. */
export function localTailBytes(fixed: Buffer): number {
  return fixed.readUInt16LE(26) + fixed.readUInt16LE(28);
}

export function centralTailBytes(fixed: Buffer): number {
  return fixed.readUInt16LE(28) + fixed.readUInt16LE(30) + fixed.readUInt16LE(32);
}

/** 4.3.7, whole. */
export function parseLocalHeader(record: Buffer): ArchiveHeader {
  const nameEnd = LOCAL_HEADER_BYTES + record.readUInt16LE(26);
  const name = record.subarray(LOCAL_HEADER_BYTES, nameEnd);
  const extra = parseExtra(record.subarray(nameEnd, nameEnd + record.readUInt16LE(28)));
  const zip64 = new Zip64Values(extra.zip64, name);
  return {
    name,
    flags: record.readUInt16LE(6),
    method: record.readUInt16LE(8),
    crc: record.readUInt32LE(14),
    size: zip64.instead(record.readUInt32LE(22)),
    compressedSize: zip64.instead(record.readUInt32LE(18)),
    unicodePath: extra.unicodePath,
  };
}

/** 4.3.12, whole. */
export function parseCentralHeader(record: Buffer): CentralHeader {
  const nameEnd = CENTRAL_HEADER_BYTES + record.readUInt16LE(28);
  const name = record.subarray(CENTRAL_HEADER_BYTES, nameEnd);
  const extra = parseExtra(record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)));
  const zip64 = new Zip64Values(extra.zip64, name);
  return {
    name,
    madeBy: record.readUInt8(5),
    flags: record.readUInt16LE(8),
    method: record.readUInt16LE(10),
    crc: record.readUInt32LE(16),
    size: zip64.instead(record.readUInt32LE(24)),
    compressedSize: zip64.instead(record.readUInt32LE(20)),
    offset: zip64.instead(record.readUInt32LE(42)),
    disk: record.readUInt16LE(34),
    attributes: record.readUInt32LE(38),
    unicodePath: extra.unicodePath,
  };
}

/** 4.5.3: only the fields that are full in the header are here, in this order: size, compressed size, offset. */
class Zip64Values {
  readonly #field: Buffer | undefined;
  readonly #name: Buffer;
  #at = 0;

  constructor(field: Buffer | undefined, name: Buffer) {
    this.#field = field;
    this.#name = name;
  }

  instead(value: number): number {
    if (value !== FULL_32) return value;
    const field = this.#field;
    // Without the extra field the value may be meant: 4 GiB less one byte.
    if (field === undefined) return value;
    if (this.#at + 8 > field.length) throw corrupt(shownName(this.#name.toString()), 'lacks a zip64 size or offset');
    const wide = readUInt64(field, this.#at);
    this.#at += 8;
    return wide;
  }
}

/** Values beyond 2^53 lose their last bits; no archive is that long, and every value is compared with a counted one. */
export function readUInt64(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}

interface ExtraFields {
  readonly zip64: Buffer | undefined;
  readonly unicodePath: ArchiveHeader['unicodePath'];
}

/** Dates, owners and unknown fields are dropped; a field that runs over the end is padding, as some writers leave it. */
function parseExtra(extra: Buffer): ExtraFields {
  let zip64: Buffer | undefined;
  let unicodePath: ArchiveHeader['unicodePath'];
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    const field = extra.subarray(at + 4, end);
    const id = extra.readUInt16LE(at);
    if (id === ZIP64_EXTRA) zip64 ??= field;
    // Version 1 is the only one; another is to be ignored.
    if (id === UNICODE_PATH_EXTRA && field.length > 5 && field[0] === 1) {
      unicodePath ??= { nameCrc: field.readUInt32LE(1), path: field.subarray(5) };
    }
    at = end;
  }
  return { zip64, unicodePath };
}
