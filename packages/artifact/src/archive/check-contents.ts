import type { Worked } from '../work-threads.ts';

/** What a header promises of a deflated content. */
export interface PromisedContent {
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
}

/** Deflated contents one behind the other. */
export interface CheckBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contents: readonly PromisedContent[];
  /** Up to this size a content on one line is shown in the answer. */
  readonly maxShownBytes: number;
}

export interface CheckedBatch {
  /** Those of the batch, to be used again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The first content that is not what was promised; those after it were not looked at. */
  readonly wrong: { readonly index: number; readonly reason: string } | undefined;
  readonly shown: readonly { readonly index: number; readonly content: Uint8Array }[];
}

/** TypeScript knows the method from ES2024 on, Node from 21 on. */
interface ReleasedBuffer extends ArrayBuffer {
  transfer?(bytes: number): ArrayBuffer;
}

/** Inflates each content and holds it against its promises. The work of threads: see `Work` for what it may use. */
export function checkContents(batch: CheckBatch, node: typeof import('node:zlib')): Worked<CheckedBatch> {
  const { bytes, contents, maxShownBytes } = batch;
  const shown: CheckedBatch['shown'][number][] = [];
  let wrong: CheckedBatch['wrong'];
  let at = 0;
  for (const [index, { compressedSize, size, crc }] of contents.entries()) {
    let reason: string | undefined;
    try {
      const packed = bytes.subarray(at, at + compressedSize);
      const maxOutputLength = Math.max(size, 1);
      // One byte more than is promised, so that zlib need not ask for a second chunk to see the end.
      const chunkSize = Math.max(size + 1, node.constants.Z_MIN_CHUNK);
      const result: unknown = node.inflateRawSync(packed, { info: true, maxOutputLength, chunkSize });
      // With `info` zlib returns both, which its types do not say: https://nodejs.org/api/zlib.html#class-options
      const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
      const found = node.crc32(buffer);
      if (engine.bytesWritten !== compressedSize) reason = 'ends before its packed bytes do';
      else if (buffer.length !== size) reason = `has ${buffer.length} bytes, and ${size} by its header`;
      else if (found !== crc) reason = `has ${found} as checksum, and ${crc} by its header`;
      if (size <= maxShownBytes && !buffer.includes(0x0a)) shown.push({ index, content: new Uint8Array(buffer) });
      // Given back at once, where it is no part of Node's pool: the collector lets tens of megabytes pile up.
      const isOwn = chunkSize > Buffer.poolSize && buffer.buffer.byteLength === chunkSize;
      if (isOwn) (buffer.buffer as ReleasedBuffer).transfer?.(0);
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      if (error instanceof RangeError) reason = `has more than the ${size} bytes it promises`;
      else if (typeof code === 'string' && code.startsWith('Z_')) reason = `cannot be inflated (${code})`;
      else throw error;
    }
    at += compressedSize;
    if (reason !== undefined) {
      wrong = { index, reason };
      break;
    }
  }
  return { answer: { bytes, wrong, shown }, transfer: [bytes.buffer] };
}
