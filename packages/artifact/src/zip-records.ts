import type { TreeEntryKind } from '@gitsource/events';
import type { DosTime } from './dos-time.ts';
import { RecordWriter } from './record-writer.ts';

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

const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER_BYTES = 46;
const END_BYTES = 22;
const ZIP64_END_BYTES = 56;
const ZIP64_LOCATOR_BYTES = 20;

/** 4.3.7 Local file header. */
export function localHeader(entry: Omit<ZipEntry, 'kind' | 'offset'>, modified: DosTime): Buffer {
  const { name, zip64, streamed: late } = entry;
  const size = late ? 0 : entry.size;
  const compressedSize = late ? 0 : entry.compressedSize;
  const extraBytes = zip64 ? zip64ExtraBytes(2) : 0;
  const header = new RecordWriter(LOCAL_HEADER_BYTES + name.length + extraBytes).u32(0x04034b50);
  writeCommon(header, entry, zip64, modified)
    .u32(late ? 0 : entry.crc)
    .u32(zip64 ? FULL_32 : compressedSize)
    .u32(zip64 ? FULL_32 : size)
    .u16(name.length)
    .u16(extraBytes)
    .bytes(name);
  if (zip64) writeZip64Extra(header, [size, compressedSize]);
  return header.finish();
}

/** 4.3.9 Data descriptor, after the content of a streamed entry. */
export function dataDescriptor(entry: Pick<ZipEntry, 'zip64' | 'crc' | 'compressedSize' | 'size'>): Buffer {
  const { zip64, crc, compressedSize, size } = entry;
  const descriptor = new RecordWriter(zip64 ? 24 : 16).u32(0x08074b50).u32(crc);
  if (zip64) descriptor.u64(compressedSize).u64(size);
  else descriptor.u32(compressedSize).u32(size);
  return descriptor.finish();
}

/** 4.3.12 Central directory header. */
export function centralHeader(entry: ZipEntry, modified: DosTime, limits: Zip64Limits): Buffer {
  const { name, size, compressedSize, offset } = entry;
  const isLarge = Math.max(size, compressedSize, offset) >= limits.bytes;
  const large = isLarge ? [size, compressedSize, offset].filter((value) => value >= limits.bytes) : [];
  const extraBytes = isLarge ? zip64ExtraBytes(large.length) : 0;
  const header = new RecordWriter(CENTRAL_HEADER_BYTES + name.length + extraBytes).u32(0x02014b50).u16(MADE_BY);
  writeCommon(header, entry, entry.zip64 || isLarge, modified)
    .u32(entry.crc)
    .u32(capped(compressedSize, limits.bytes))
    .u32(capped(size, limits.bytes))
    .u16(name.length)
    .u16(extraBytes)
    .u16(0) // comment
    .u16(0) // disk
    .u16(0) // internal attributes
    .u32(UNIX_MODE[entry.kind] * 0x10000 + (entry.kind === 'folder' ? DOS_FOLDER : 0))
    .u32(capped(offset, limits.bytes))
    .bytes(name);
  if (isLarge) writeZip64Extra(header, large);
  return header.finish();
}

/** 4.3.14 to 4.3.16: the end of the central directory, with zip64's record and locator where a value needs them. */
export function endRecords(directory: { count: number; offset: number; size: number }, limits: Zip64Limits): Buffer {
  const { count, offset, size } = directory;
  const isLarge = count >= limits.entries || offset >= limits.bytes || size >= limits.bytes;
  const records = new RecordWriter(END_BYTES + (isLarge ? ZIP64_END_BYTES + ZIP64_LOCATOR_BYTES : 0));
  if (isLarge) {
    records
      .u32(0x06064b50)
      .u64(ZIP64_END_BYTES - 12) // what follows in this record
      .u16(MADE_BY)
      .u16(VERSION_ZIP64)
      .u32(0)
      .u32(0)
      .u64(count)
      .u64(count)
      .u64(size)
      .u64(offset);
    records
      .u32(0x07064b50)
      .u32(0)
      .u64(offset + size)
      .u32(1);
  }
  const shownCount = count >= limits.entries ? FULL_16 : count;
  return records
    .u32(0x06054b50)
    .u16(0)
    .u16(0)
    .u16(shownCount)
    .u16(shownCount)
    .u32(capped(size, limits.bytes))
    .u32(capped(offset, limits.bytes))
    .u16(0)
    .finish();
}

/** What the local and the central header share: version, flags, method, time, date. */
function writeCommon(
  record: RecordWriter,
  entry: Pick<ZipEntry, 'streamed' | 'deflated'>,
  zip64: boolean,
  modified: DosTime,
): RecordWriter {
  return record
    .u16(zip64 ? VERSION_ZIP64 : VERSION_DEFLATE)
    .u16(FLAG_UTF8 | (entry.streamed ? FLAG_DESCRIPTOR : 0))
    .u16(entry.deflated ? 8 : 0)
    .u16(modified.time)
    .u16(modified.date);
}

function zip64ExtraBytes(values: number): number {
  return 4 + values * 8;
}

/** 4.5.3 Zip64 extended information. */
function writeZip64Extra(record: RecordWriter, values: readonly number[]): void {
  record.u16(ZIP64_EXTRA).u16(values.length * 8);
  for (const value of values) record.u64(value);
}

function capped(value: number, limit: number): number {
  return value >= limit ? FULL_32 : value;
}
