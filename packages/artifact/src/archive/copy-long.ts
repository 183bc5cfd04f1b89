import { crc32 } from 'node:zlib';
import { dataDescriptor, localHeader } from '../zip-records.ts';
import { corrupt, shownName, truncated } from './archive-errors.ts';
import { METHOD_DEFLATED } from './archive-records.ts';
import { type CopyJob, checkPromises, isLate, isUnsized, zlibFailure } from './copy-job.ts';
import { InflateCheck, type Inflated } from './inflate-check.ts';
import type { PackedContent } from './local-entry.ts';
import { readDescriptor } from './read-descriptor.ts';
import { STORED_END_BYTES, StoredEnd } from './stored-end.ts';

/** Like `copyShort`, of an entry too long to be held: it is passed on piece by piece. Yields the output's full chunks. */
export async function* copyLong(job: CopyJob): AsyncGenerator<Uint8Array, PackedContent> {
  const { header, input, output, zip64Limits } = job;
  const deflated = header.method === METHOD_DEFLATED;
  const streamed = isLate(header);
  const hasSize = header.size > 0;
  const promised: PackedContent = {
    deflated,
    streamed,
    // Noise gets a little longer when it is deflated; a length that stands after the content may be any.
    zip64: (streamed && !hasSize) || Math.max(header.size * 1.001, header.compressedSize) >= zip64Limits.bytes,
    crc: header.crc,
    compressedSize: header.compressedSize,
    size: header.size,
  };
  output.push(localHeader({ ...promised, name: job.outName }, job.modified));
  const { consumed: compressedSize, crc, size } = yield* passed(job, pieces(job));
  const record = { ...promised, crc, compressedSize, size };
  checkPromises(job, record);
  if (!record.zip64 && compressedSize >= zip64Limits.bytes) {
    throw corrupt(shownName(job.name), 'is longer packed than its size allows');
  }
  if (streamed) {
    await readDescriptor(input, record, shownName(job.name));
    output.push(dataDescriptor(record));
  }
  return record;
}

/** Pushes the pieces, and gives what the output has joined of them. */
async function* passed(
  { output }: CopyJob,
  content: AsyncGenerator<Uint8Array, Inflated>,
): AsyncGenerator<Uint8Array, Inflated> {
  try {
    for (;;) {
      const step = await content.next();
      if (step.done) return step.value;
      output.push(step.value);
      if (output.isFull) yield output.take();
    }
  } finally {
    // What was inflating it must be let go of, also where the reader leaves.
    await content.return({ crc: 0, size: 0, consumed: 0 });
  }
}

function pieces(job: CopyJob): AsyncGenerator<Uint8Array, Inflated> {
  const { header } = job;
  if (header.method === METHOD_DEFLATED) {
    return passDeflated(job, isLate(header) ? Number.POSITIVE_INFINITY : header.compressedSize);
  }
  return isUnsized(header) ? passUnsized(job) : passStored(job);
}

async function* passStored(job: CopyJob): AsyncGenerator<Uint8Array, Inflated> {
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

async function* passUnsized(job: CopyJob): AsyncGenerator<Uint8Array, Inflated> {
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
async function* passDeflated(job: CopyJob, packedBytes: number): AsyncGenerator<Uint8Array, Inflated> {
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
