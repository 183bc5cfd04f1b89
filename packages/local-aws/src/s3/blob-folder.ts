import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type ChecksumName, createChecksum } from '../protocol/rest-xml-checksums.ts';
import type { Blob, StoredChecksum } from './records.ts';

export interface WrittenBlob {
  readonly blob: Blob;
  /** Hex. */
  readonly md5: string;
  readonly checksum?: StoredChecksum;
}

/** What an operation may get as a body: the protocol's stream, or bytes and text from another service. */
export type Body = unknown;

/** Contents as files, written and read as streams. */
export class BlobFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a body to its end; one that fails leaves no file. */
  async write(body: Body, checksumName: ChecksumName | undefined): Promise<WrittenBlob> {
    const file = randomUUID();
    const path = join(this.#folder, file);
    const md5 = createHash('md5');
    const checksum = checksumName === undefined ? undefined : createChecksum(checksumName);
    let size = 0;
    const handle = await open(path, 'wx');
    try {
      for await (const chunk of chunksOf(body)) {
        md5.update(chunk);
        checksum?.update(chunk);
        size += chunk.length;
        await handle.writeFile(chunk);
      }
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    await handle.close();
    return {
      blob: { file, size },
      md5: md5.digest('hex'),
      ...(checksumName !== undefined &&
        checksum !== undefined && {
          checksum: { name: checksumName, value: checksum.digest(), type: 'FULL_OBJECT' as const },
        }),
    };
  }

  /** Bytes `start` to `end`, both inclusive, across all blobs. */
  read(blobs: readonly Blob[], start: number, end: number): Readable {
    return Readable.from(this.#pieces(blobs, start, end), { objectMode: false });
  }

  async *#pieces(blobs: readonly Blob[], start: number, end: number): AsyncGenerator<Buffer> {
    let at = 0;
    for (const { file, size } of blobs) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, size - 1);
      at += size;
      if (from <= to)
        yield* createReadStream(join(this.#folder, file), { start: from, end: to }) as AsyncIterable<Buffer>;
    }
  }

  async remove(blobs: readonly Blob[]): Promise<void> {
    for (const { file } of blobs) await rm(join(this.#folder, file), { force: true });
  }
}

async function* chunksOf(body: Body): AsyncGenerator<Uint8Array> {
  if (body === undefined || body === null) return;
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else if (body instanceof Readable) yield* body as AsyncIterable<Buffer>;
  else throw new TypeError('An S3 body must be a stream, bytes or text.');
}
