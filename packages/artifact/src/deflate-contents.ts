import type { Worked } from './work-threads.ts';

/** Contents one behind the other, and how long each is. */
export interface DeflateBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly level: number;
}

/** The deflated contents one behind the other; the length of one that did not become smaller is 0, and it is left out. */
export type DeflatedBatch = Pick<DeflateBatch, 'bytes' | 'lengths'>;

/** Deflates each content. The work of threads: see `Work` for what it may use. */
export function deflateContents(
  { bytes, lengths, level }: DeflateBatch,
  { deflateRawSync }: typeof import('node:zlib'),
): Worked<DeflatedBatch> {
  const packed: Buffer[] = [];
  const packedLengths: number[] = [];
  let at = 0;
  for (const length of lengths) {
    const result = deflateRawSync(bytes.subarray(at, at + length), { level });
    at += length;
    const isSmaller = result.length < length;
    packedLengths.push(isSmaller ? result.length : 0);
    if (isSmaller) packed.push(result);
  }
  const all = new Uint8Array(packed.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const result of packed) {
    all.set(result, end);
    end += result.length;
  }
  return { answer: { bytes: all, lengths: packedLengths }, transfer: [all.buffer] };
}
