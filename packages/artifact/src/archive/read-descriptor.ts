import { dataDescriptor } from '../zip-records.ts';
import { corrupt, truncated } from './archive-errors.ts';
import { CENTRAL_HEADER, LOCAL_HEADER } from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';

/** What 4.3.9's data descriptor says. */
export type Measured = Pick<Parameters<typeof dataDescriptor>[0], 'crc' | 'compressedSize' | 'size'>;

const LONGEST_BYTES = 24;

/**
 * Takes the descriptor after a content of known measure. Its signature is optional and its sizes have four or eight
 * bytes, and nothing before it says which: it is the form that holds what was measured and is followed by a header.
 */
export async function readDescriptor(input: ByteQueue, measured: Measured, place: string): Promise<void> {
  // No archive is shorter: after the shortest descriptor there is a directory.
  if (!(await input.fill(LONGEST_BYTES + 4))) throw truncated(place);
  const length = descriptorLength(input.ready, measured);
  if (length === undefined) throw corrupt(place, 'does not have the checksum and sizes that follow its content');
  input.take(length);
}

/** How long the descriptor is that stands at the beginning of `bytes`; `undefined` if there is none. */
export function descriptorLength(bytes: Buffer, measured: Measured): number | undefined {
  for (const zip64 of [false, true]) {
    if (!zip64 && Math.max(measured.size, measured.compressedSize) > 0xffffffff) continue;
    const signed = dataDescriptor({ ...measured, zip64 });
    for (const form of [signed, signed.subarray(4)]) {
      if (bytes.length < form.length + 4 || form.compare(bytes, 0, form.length) !== 0) continue;
      const next = bytes.readUInt32LE(form.length);
      if (next === LOCAL_HEADER || next === CENTRAL_HEADER) return form.length;
    }
  }
  return undefined;
}
