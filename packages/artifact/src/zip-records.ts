import type { TreeEntryKind } from '@gitsource/events';
import type { DosTime } from './dos-time.ts';

/** From which values on zip64 fields are needed; tests lower them, so that four gigabytes need not be written. */
export interface Zip64Limits {
  /** Sizes and offsets from this value on; 0xffffffff at most. */
  readonly bytes: number;
  /** Number of entries from this value on; 0xffff at most. */
  readonly entries: number;
}

export const ZIP64_LIMITS: Zip64Limits = { bytes: 0xffffffff, entries: 0xffff };

/** One entry as the records describe it. */
export interface ZipEntry {
  readonly name: Buffer;
  /** A folder's name ends in a slash. */
  readonly kind: TreeEntryKind | 'folder';
  readonly deflated: boolean;
  /** Checksum and compressed size come after the content, in a data descriptor. */
  readonly streamed: boolean;
  /** Eight-byte sizes in the local header and the data descriptor. */
  readonly zip64: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
}

const UNIX_MODE: Record<ZipEntry['kind'], number> = {
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120777,
  folder: 0o040755,
};
/** Also for readers that know no modes. */
const DOS_FOLDER = 0x10;
/** Made by Unix (3), by the specification's version 6.3: only then are the modes above believed. */
const MADE_BY = (3 << 8) | 63;
const VERSION_DEFLATE = 20;
const VERSION_ZIP64 = 45;
const FLAG_DESCRIPTOR = 1 << 3;
const FLAG_UTF8 = 1 << 11;
const ZIP64_EXTRA = 0x0001;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** Record layouts are of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10), numbered here by its sections. */

/** 4.3.7 Local file header. */
export function localHeader(entry: Omit<ZipEntry, 'kind' | 'offset'>, modified: DosTime): Buffer {
  const late = entry.streamed;
  const extra = entry.zip64 ? zip64Extra([late ? 0 : entry.size, late ? 0 : entry.compressedSize]) : Buffer.alloc(0);
  const sizeField = (size: number) => (entry.zip64 ? FULL_32 : late ? 0 : size);
  return Buffer.concat([
    fields(
      [4, 0x04034b50],
      ...common(entry, entry.zip64, modified),
      [4, late ? 0 : entry.crc],
      [4, sizeField(entry.compressedSize)],
      [4, sizeField(entry.size)],
      [2, entry.name.length],
      [2, extra.length],
    ),
    entry.name,
    extra,
  ]);
}

/** 4.3.9 Data descriptor, after the content of a streamed entry. */
export function dataDescriptor(entry: Pick<ZipEntry, 'zip64' | 'crc' | 'compressedSize' | 'size'>): Buffer {
  const width = entry.zip64 ? 8 : 4;
  return fields([4, 0x08074b50], [4, entry.crc], [width, entry.compressedSize], [width, entry.size]);
}

/** 4.3.12 Central directory header. */
export function centralHeader(entry: ZipEntry, modified: DosTime, limits: Zip64Limits): Buffer {
  const large = [entry.size, entry.compressedSize, entry.offset].filter((value) => value >= limits.bytes);
  const extra = large.length > 0 ? zip64Extra(large) : Buffer.alloc(0);
  return Buffer.concat([
    fields(
      [4, 0x02014b50],
      [2, MADE_BY],
      ...common(entry, entry.zip64 || large.length > 0, modified),
      [4, entry.crc],
      [4, capped(entry.compressedSize, limits.bytes)],
      [4, capped(entry.size, limits.bytes)],
      [2, entry.name.length],
      [2, extra.length],
      [2, 0], // comment
      [2, 0], // disk
      [2, 0], // internal attributes
      [4, UNIX_MODE[entry.kind] * 0x10000 + (entry.kind === 'folder' ? DOS_FOLDER : 0)],
      [4, capped(entry.offset, limits.bytes)],
    ),
    entry.name,
    extra,
  ]);
}

/** 4.3.14 to 4.3.16: the end of the central directory, with zip64's record and locator where a value needs them. */
export function endRecords(directory: { count: number; offset: number; size: number }, limits: Zip64Limits): Buffer {
  const { count, offset, size } = directory;
  const end = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count >= limits.entries ? FULL_16 : count],
    [2, count >= limits.entries ? FULL_16 : count],
    [4, capped(size, limits.bytes)],
    [4, capped(offset, limits.bytes)],
    [2, 0],
  );
  if (count < limits.entries && offset < limits.bytes && size < limits.bytes) return end;
  const record = fields(
    [4, 0x06064b50],
    [8, 44], // what follows in this record
    [2, MADE_BY],
    [2, VERSION_ZIP64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, offset],
  );
  const locator = fields([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]);
  return Buffer.concat([record, locator, end]);
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** What the local and the central header share: version, flags, method, time, date. */
function common(entry: Pick<ZipEntry, 'streamed' | 'deflated'>, zip64: boolean, modified: DosTime): Field[] {
  return [
    [2, zip64 ? VERSION_ZIP64 : VERSION_DEFLATE],
    [2, FLAG_UTF8 | (entry.streamed ? FLAG_DESCRIPTOR : 0)],
    [2, entry.deflated ? 8 : 0],
    [2, modified.time],
    [2, modified.date],
  ];
}

/** 4.5.3 Zip64 extended information. */
function zip64Extra(values: readonly number[]): Buffer {
  return fields([2, ZIP64_EXTRA], [2, values.length * 8], ...values.map((value): Field => [8, value]));
}

function capped(value: number, limit: number): number {
  return value >= limit ? FULL_32 : value;
}

/** Every entry has two records of a dozen fields, so this is written for speed. */
function fields(...list: readonly Field[]): Buffer {
  let total = 0;
  for (const field of list) total += field[0];
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  for (const field of list) {
    if (field[0] === 2) at = buffer.writeUInt16LE(field[1], at);
    else if (field[0] === 4) at = buffer.writeUInt32LE(field[1], at);
    else at = buffer.writeBigUInt64LE(BigInt(field[1]), at);
  }
  return buffer;
}
