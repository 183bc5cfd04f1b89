/** Contents one behind the other, and how long each is. */
export interface DeflateBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly level: number;
}

/** The deflated contents one behind the other; the length of one that did not become smaller is 0, and it is left out. */
export type DeflatedBatch = Pick<DeflateBatch, 'bytes' | 'lengths'>;

/**
 * What a worker thread runs. It travels as text, so that a bundle needs no second file: it may use nothing but its
 * arguments, and nothing that a compiler would put a helper function outside of it for.
 */
export function runDeflateThread(
  { parentPort }: typeof import('node:worker_threads'),
  { deflateRawSync }: typeof import('node:zlib'),
): void {
  parentPort?.on('message', ({ bytes, lengths, level }: DeflateBatch) => {
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
    const answer: DeflatedBatch = { bytes: all, lengths: packedLengths };
    parentPort.postMessage(answer, [all.buffer]);
  });
}
