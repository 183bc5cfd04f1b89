import { corrupt, truncated } from './archive-errors.ts';
import { END_RECORD, readUInt64, ZIP64_END_RECORD, ZIP64_LOCATOR } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';

/** The directory as it was read. */
export interface ReadDirectory {
  readonly count: number;
  readonly offset: number;
  readonly size: number;
}

const END_BYTES = 22;
const ZIP64_END_BYTES = 56;
const ZIP64_LOCATOR_BYTES = 20;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;
const PLACE = 'its end record';

/** 4.3.14 to 4.3.16, held against what was read; the archive's comment. Throws `artifact/archive-corrupt`, `-truncated`. */
export async function readEnd(input: ByteQueue, read: ReadDirectory): Promise<string> {
  const zip64 = (await input.signature()) === ZIP64_END_RECORD;
  if (zip64) await readZip64End(input, read);
  const signature = await input.signature();
  if (signature === undefined) throw truncated(PLACE);
  if (signature !== END_RECORD) throw corrupt(PLACE, 'is not where it should be');
  if (!(await input.fill(END_BYTES))) throw truncated(PLACE);
  const end = input.take(END_BYTES);
  agree(end.readUInt16LE(4), 0, zip64 && FULL_16, 'disk');
  agree(end.readUInt16LE(6), 0, zip64 && FULL_16, 'disk');
  agree(end.readUInt16LE(8), read.count, zip64 && FULL_16, 'number of entries');
  agree(end.readUInt16LE(10), read.count, zip64 && FULL_16, 'number of entries');
  agree(end.readUInt32LE(12), read.size, zip64 && FULL_32, 'size of the directory');
  agree(end.readUInt32LE(16), read.offset, zip64 && FULL_32, 'place of the directory');
  const commentBytes = end.readUInt16LE(20);
  if (!(await input.fill(commentBytes))) throw truncated('its comment');
  const comment = input.take(commentBytes).toString('utf8');
  if (await input.fill(1)) throw corrupt(PLACE, 'is followed by other bytes');
  return comment;
}

async function readZip64End(input: ByteQueue, read: ReadDirectory): Promise<void> {
  const offset = input.offset;
  if (!(await input.fill(ZIP64_END_BYTES))) throw truncated(PLACE);
  const end = input.take(ZIP64_END_BYTES);
  // 4.3.14.1: a longer record has data of its own behind it, which no writer of plain archives makes.
  agree(readUInt64(end, 4), ZIP64_END_BYTES - 12, false, 'length');
  agree(end.readUInt32LE(16), 0, false, 'disk');
  agree(end.readUInt32LE(20), 0, false, 'disk');
  agree(readUInt64(end, 24), read.count, false, 'number of entries');
  agree(readUInt64(end, 32), read.count, false, 'number of entries');
  agree(readUInt64(end, 40), read.size, false, 'size of the directory');
  agree(readUInt64(end, 48), read.offset, false, 'place of the directory');
  if (!(await input.fill(ZIP64_LOCATOR_BYTES))) throw truncated(PLACE);
  const locator = input.take(ZIP64_LOCATOR_BYTES);
  agree(locator.readUInt32LE(0), ZIP64_LOCATOR, false, 'locator');
  agree(readUInt64(locator, 8), offset, false, 'place of the zip64 record');
}

/** `full` is what a field holds whose value stands in the zip64 record. */
function agree(field: number, actual: number, full: number | false, what: string): void {
  if (field !== actual && field !== full) throw corrupt(PLACE, `says ${field} as ${what}, and it is ${actual}`);
}
