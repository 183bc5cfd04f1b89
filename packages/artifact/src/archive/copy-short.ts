import { crc32 } from 'node:zlib';
import { localHeader } from '../zip-records.ts';
import { shownName, truncated } from './archive-errors.ts';
import { METHOD_DEFLATED } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';
import { type CopyJob, checkPromises, isLate, isUnsized, zlibFailure } from './copy-job.ts';
import { inflateStart } from './inflate-check.ts';
import { MAX_TARGET_BYTES } from './link-targets.ts';
import type { PackedContent } from './local-entry.ts';
import { readDescriptor } from './read-descriptor.ts';
import { StoredEnd } from './stored-end.ts';

/** Up to here a content is held whole, so that its header can say its sizes. */
const MAX_HELD_BYTES = 1024 * 1024;
/** How far to look for the end of a content whose length stands after it. Does not depend on how the bytes arrive. */
const PROBE_BYTES = 64 * 1024;

/**
 * One entry that can be held whole, from the byte after its local header on: our header, then the packed bytes as they
 * are. `undefined`, and nothing taken, for a longer one.
 */
export async function copyShort(job: CopyJob): Promise<PackedContent | undefined> {
  const { header, input } = job;
  const isDeflated = header.method === METHOD_DEFLATED;
  if (isLate(header) && isDeflated) return copyLateDeflated(job);
  if (isUnsized(header)) return copyUnsized(job);
  // What is stored can be measured piece by piece, unless it may be a link's target.
  const maxHeldBytes = isLate(header) || isDeflated ? MAX_HELD_BYTES : MAX_TARGET_BYTES;
  if (header.compressedSize > maxHeldBytes || header.size > maxHeldBytes) return undefined;
  if (!(await input.fill(header.compressedSize))) throw truncated(shownName(job.name));
  if (isDeflated) return copyPromised(job);
  const packed = input.ready.subarray(0, header.compressedSize);
  return copyMeasured(job, { compressedSize: packed.length, size: packed.length, crc: crc32(packed) }, packed);
}

/** The header says all, so its word is passed on, and whether it is true is found out beside the copying. */
async function copyPromised(job: CopyJob): Promise<PackedContent> {
  const { header, input, output, name, archiveOffset } = job;
  const packed = input.take(header.compressedSize);
  const { compressedSize, size, crc } = header;
  job.budget.spend(size, input.offset, name);
  const record = toRecord(job, { compressedSize, size, crc });
  output.push(localHeader({ ...record, name: job.outName }, job.modified));
  output.push(packed);
  await job.checks.add({ name, archiveOffset, compressedSize, size, crc }, packed);
  return record;
}

async function copyLateDeflated(job: CopyJob): Promise<PackedContent | undefined> {
  const probe = await readProbe(job.input);
  const found = probe.length > 0 ? startOf(job, probe) : undefined;
  if (found === undefined || found.consumed === probe.length) return undefined;
  return copyMeasured(job, { ...found, compressedSize: found.consumed }, found.content);
}

function startOf({ name }: CopyJob, probe: Buffer) {
  try {
    return inflateStart(probe, MAX_HELD_BYTES);
  } catch (error) {
    throw zlibFailure(error, name);
  }
}

async function copyUnsized(job: CopyJob): Promise<PackedContent | undefined> {
  const end = new StoredEnd();
  const probe = await readProbe(job.input);
  const { passed, isEnd } = end.scan(probe);
  if (!isEnd) return undefined;
  return copyMeasured(job, { compressedSize: passed, size: passed, crc: end.crc }, probe.subarray(0, passed));
}

async function readProbe(input: ByteQueue): Promise<Buffer> {
  await input.fill(PROBE_BYTES);
  return input.ready.subarray(0, PROBE_BYTES);
}

type Measured = Pick<PackedContent, 'compressedSize' | 'size' | 'crc'>;

async function copyMeasured(job: CopyJob, measured: Measured, content: Buffer): Promise<PackedContent> {
  const packed = job.input.take(measured.compressedSize);
  const record = toRecord(job, measured);
  checkPromises(job, record);
  job.budget.spend(record.size, job.input.offset, job.name);
  job.onSmall(job.archiveOffset, content);
  if (isLate(job.header)) await readDescriptor(job.input, record, shownName(job.name));
  job.output.push(localHeader({ ...record, name: job.outName }, job.modified));
  job.output.push(packed);
  return record;
}

function toRecord(job: CopyJob, { compressedSize, size, crc }: Measured): PackedContent {
  return {
    deflated: job.header.method === METHOD_DEFLATED,
    streamed: false,
    zip64: Math.max(size, compressedSize) >= job.zip64Limits.bytes,
    crc,
    compressedSize,
    size,
  };
}
