import { crc32 } from 'node:zlib';
import type { DosTime } from './dos-time.ts';
import type { ChunkJoiner } from './join-chunks.ts';
import { dataDescriptor, localHeader, type Zip64Limits, type ZipEntry } from './zip-records.ts';

/** A file whose length nobody knows before it has been read. */
export interface StreamedFile {
  readonly path: string;
  /** Called once. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

export interface StreamedFileWriter {
  readonly name: Buffer;
  readonly modified: DosTime;
  readonly limits: Zip64Limits;
  readonly output: ChunkJoiner;
}

/** RFC 1951, 3.2.4: bytes as they are, this many in a block, whose header says whether it is the last. */
const MAX_BLOCK_BYTES = 0xffff;
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);

/**
 * Writes a file as it comes, and gives its record. It is not compressed but called deflated: only there does the content itself
 * say where it ends, and readers that do not see the directory (Java's ZipInputStream) refuse other contents without a length.
 */
export async function* writeStreamedFile(
  file: StreamedFile,
  { name, modified, limits, output }: StreamedFileWriter,
): AsyncGenerator<Uint8Array, ZipEntry> {
  const promised = { name, deflated: true, streamed: true, zip64: false, crc: 0, compressedSize: 0, size: 0 };
  const offset = output.totalBytes;
  output.push(localHeader(promised, modified));
  const start = output.totalBytes;
  const blocks = new StoredBlocks(output);
  let crc = 0;
  for await (const chunk of file.chunks()) {
    crc = crc32(chunk, crc);
    blocks.push(chunk);
    if (output.isFull) yield output.take();
  }
  blocks.finish();
  const { size } = blocks;
  const compressedSize = output.totalBytes - start;
  // Whoever reads on from here takes the lengths for eight bytes each when more than four had come.
  const zip64 = compressedSize >= limits.bytes;
  output.push(dataDescriptor({ zip64, crc, compressedSize, size }));
  return { ...promised, kind: 'file', zip64, crc, compressedSize, size, offset };
}

/** Blocks of full length, so that the same content is the same bytes in whatever pieces it comes. */
class StoredBlocks {
  readonly #output: ChunkJoiner;
  #pieces: Uint8Array[] = [];
  #room = MAX_BLOCK_BYTES;
  size = 0;

  constructor(output: ChunkJoiner) {
    this.#output = output;
  }

  push(chunk: Uint8Array): void {
    this.size += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#room);
      this.#pieces.push(piece);
      this.#room -= piece.length;
      at += piece.length;
      if (this.#room === 0) this.#write();
    }
  }

  finish(): void {
    if (this.#pieces.length > 0) this.#write();
    this.#output.push(LAST_BLOCK);
  }

  #write(): void {
    const header = Buffer.alloc(LAST_BLOCK.length);
    header.writeUInt16LE(MAX_BLOCK_BYTES - this.#room, 1);
    header.writeUInt16LE(this.#room, 3);
    for (const bytes of [header, ...this.#pieces]) this.#output.push(bytes);
    this.#pieces = [];
    this.#room = MAX_BLOCK_BYTES;
  }
}
