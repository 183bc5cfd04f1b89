import { crc32 } from 'node:zlib';
import type { DosTime } from '../dos-time.ts';
import { ArtifactError } from '../errors.ts';
import { dataDescriptor, localHeader, type Zip64Limits } from '../zip-records.ts';
import { corrupt, shownName, truncated } from './archive-errors.ts';
import { type ArchiveHeader, FLAG_DESCRIPTOR, METHOD_DEFLATED } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';
import { InflateCheck, type Inflated, inflateWhole } from './inflate-check.ts';
import { MAX_TARGET_BYTES } from './link-targets.ts';
import type { PackedContent } from './local-entry.ts';
import { readDescriptor } from './read-descriptor.ts';
import { STORED_END_BYTES, StoredEnd } from './stored-end.ts';
import type { UnpackedBudget } from './unpacked-budget.ts';

export interface CopyContent {
  readonly input: ByteQueue;
  readonly header: ArchiveHeader;
  /** As messages show it. */
  readonly name: string;
  /** The name's bytes in the artifact. */
  readonly outName: Buffer;
  readonly modified: DosTime;
  readonly zip64Limits: Zip64Limits;
  readonly budget: UnpackedBudget;
  /** Sees the whole content of an entry that is small enough to be a link's target. */
  readonly onSmall: (content: Buffer) => void;
}

/** Up to here a content is held whole, so that it is checked at once and its header can say its sizes. */
const MAX_HELD_BYTES = 1024 * 1024;
/** How far to look for the end of a content whose length stands after it. Does not depend on how the bytes arrive. */
const PROBE_BYTES = 64 * 1024;

/** One entry, from the byte after its local header on: our header, the packed bytes as they are, what was measured. */
export async function* copyContent(job: CopyContent): AsyncGenerator<Uint8Array, PackedContent> {
  const { header, input } = job;
  const isLate = (header.flags & FLAG_DESCRIPTOR) !== 0;
  if (isLate && header.method === METHOD_DEFLATED) {
    const probe = await readProbe(input);
    const found = probe.length > 0 ? inflated(job, probe, MAX_HELD_BYTES, true) : undefined;
    if (found === undefined || found.consumed === probe.length) return yield* copyLong(job, isLate);
    return yield* copyShort(job, found.consumed, found, found.content);
  }
  if (isUnsized(header)) {
    const end = new StoredEnd();
    const probe = await readProbe(input);
    const { passed, isEnd } = end.scan(probe);
    if (!isEnd) return yield* copyLong(job, isLate);
    return yield* copyShort(job, passed, { crc: end.crc, size: passed }, probe.subarray(0, passed));
  }
  // What is stored can be measured piece by piece, unless it may be a link's target.
  const maxHeldBytes = isLate || header.method === METHOD_DEFLATED ? MAX_HELD_BYTES : MAX_TARGET_BYTES;
  if (header.compressedSize > maxHeldBytes || header.size > maxHeldBytes) return yield* copyLong(job, isLate);
  if (!(await input.fill(header.compressedSize))) throw truncated(shownName(job.name));
  const packed = input.ready.subarray(0, header.compressedSize);
  if (header.method !== METHOD_DEFLATED) {
    return yield* copyShort(job, packed.length, { crc: crc32(packed), size: packed.length }, packed);
  }
  const found = inflated(job, packed, Math.max(header.size, 1), false);
  if (found === undefined) throw corrupt(shownName(job.name), `has more than the ${header.size} bytes it promises`);
  if (found.consumed !== packed.length) throw corrupt(shownName(job.name), 'ends before its packed bytes do');
  return yield* copyShort(job, packed.length, found, found.content);
}

async function readProbe(input: ByteQueue): Promise<Buffer> {
  await input.fill(PROBE_BYTES);
  return input.ready.subarray(0, PROBE_BYTES);
}

/** Stored, and the length stands only after it. */
function isUnsized(header: ArchiveHeader): boolean {
  const isLate = (header.flags & FLAG_DESCRIPTOR) !== 0;
  return isLate && header.method !== METHOD_DEFLATED && header.compressedSize === 0 && header.size === 0;
}

async function* copyShort(
  job: CopyContent,
  compressedSize: number,
  measured: Pick<Inflated, 'crc' | 'size'>,
  content: Buffer,
): AsyncGenerator<Uint8Array, PackedContent> {
  const packed = job.input.take(compressedSize);
  const record: PackedContent = {
    deflated: job.header.method === METHOD_DEFLATED,
    streamed: false,
    zip64: Math.max(measured.size, compressedSize) >= job.zip64Limits.bytes,
    crc: measured.crc,
    compressedSize,
    size: measured.size,
  };
  checkPromises(job, record);
  job.budget.spend(record.size, job.input.offset, job.name);
  job.onSmall(content);
  if ((job.header.flags & FLAG_DESCRIPTOR) !== 0) await readDescriptor(job.input, record, shownName(job.name));
  yield localHeader({ ...record, name: job.outName }, job.modified);
  yield packed;
  return record;
}

async function* copyLong(job: CopyContent, isLate: boolean): AsyncGenerator<Uint8Array, PackedContent> {
  const { header, input, zip64Limits } = job;
  const deflated = header.method === METHOD_DEFLATED;
  const hasSize = header.size > 0;
  const promised: PackedContent = {
    deflated,
    streamed: isLate,
    // Noise gets a little longer when it is deflated; a length that stands after the content may be any.
    zip64: (isLate && !hasSize) || Math.max(header.size * 1.001, header.compressedSize) >= zip64Limits.bytes,
    crc: header.crc,
    compressedSize: header.compressedSize,
    size: header.size,
  };
  yield localHeader({ ...promised, name: job.outName }, job.modified);
  const measured = deflated
    ? yield* passDeflated(job, isLate ? Number.POSITIVE_INFINITY : header.compressedSize)
    : yield* isUnsized(header) ? passUnsized(job) : passStored(job);
  const { consumed: compressedSize, crc, size } = measured;
  const record = { ...promised, crc, compressedSize, size };
  checkPromises(job, record);
  if (!record.zip64 && compressedSize >= zip64Limits.bytes) {
    throw corrupt(shownName(job.name), 'is longer packed than its size allows');
  }
  if (isLate) {
    await readDescriptor(input, record, shownName(job.name));
    yield dataDescriptor(record);
  }
  return record;
}

async function* passStored(job: CopyContent): AsyncGenerator<Uint8Array, Inflated> {
  const { input, header } = job;
  let crc = 0;
  let left = header.compressedSize;
  while (left > 0) {
    if (!(await input.fill(1))) throw truncated(shownName(job.name));
    const piece = input.take(Math.min(left, input.ready.length));
    left -= piece.length;
    crc = crc32(piece, crc);
    job.budget.spend(piece.length, input.offset, job.name);
    yield piece;
  }
  return { crc, size: header.compressedSize, consumed: header.compressedSize };
}

async function* passUnsized(job: CopyContent): AsyncGenerator<Uint8Array, Inflated> {
  const { input, budget, name } = job;
  const end = new StoredEnd();
  for (let size = 0; ; ) {
    if (!(await input.fill(STORED_END_BYTES))) throw truncated(shownName(name));
    const { passed, isEnd } = end.scan(input.ready);
    size += passed;
    budget.spend(passed, input.offset + passed, name);
    if (passed > 0) yield input.take(passed);
    if (isEnd) return { crc: end.crc, size, consumed: size };
  }
}

/** Passes `packedBytes` on, or up to where the content ends by itself. */
async function* passDeflated(job: CopyContent, packedBytes: number): AsyncGenerator<Uint8Array, Inflated> {
  const { input, name, budget } = job;
  const check = new InflateCheck((bytes) => budget.spend(bytes, input.offset, name));
  try {
    for (let left = packedBytes; left > 0; ) {
      if (!(await input.fill(1))) throw truncated(shownName(name));
      const piece = input.ready.subarray(0, Math.min(left, input.ready.length));
      const consumed = await check.write(piece);
      if (consumed > 0) yield input.take(consumed);
      left -= consumed;
      if (consumed === piece.length) continue;
      if (packedBytes === Number.POSITIVE_INFINITY) break;
      throw corrupt(shownName(name), 'ends before its packed bytes do');
    }
    return await check.finish();
  } catch (error) {
    throw zlibFailure(error, name);
  } finally {
    check.close();
  }
}

function inflated(job: CopyContent, packed: Buffer, maxBytes: number, isPart: boolean) {
  try {
    return inflateWhole(packed, maxBytes, isPart);
  } catch (error) {
    throw zlibFailure(error, job.name);
  }
}

/** zlib's errors carry codes such as Z_DATA_ERROR; everything else is not about the content. */
function zlibFailure(error: unknown, name: string): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (error instanceof ArtifactError || typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return corrupt(shownName(name), `cannot be inflated (${code})`);
}

/** Where a descriptor follows, the header may say nothing, which is zero; what it does say must be true. */
function checkPromises({ header, name }: CopyContent, record: PackedContent): void {
  const isLate = (header.flags & FLAG_DESCRIPTOR) !== 0;
  for (const field of ['size', 'compressedSize', 'crc'] as const) {
    if (header[field] === record[field] || (isLate && header[field] === 0)) continue;
    const what = { size: 'bytes', compressedSize: 'packed bytes', crc: 'as checksum' }[field];
    throw corrupt(shownName(name), `has ${record[field]} ${what}, and ${header[field]} by its header`);
  }
}
