import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, deflateRaw, deflateRawSync } from 'node:zlib';
import type { TreeEntry } from '@gitsource/events';
import { type DosTime, dosTime } from './dos-time.ts';
import { joinChunks } from './join-chunks.ts';
import { readContent, readWhole } from './read-content.ts';
import { TreePaths } from './tree-paths.ts';
import {
  centralHeader,
  dataDescriptor,
  endRecords,
  localHeader,
  ZIP64_LIMITS,
  type Zip64Limits,
  type ZipEntry,
} from './zip-records.ts';

export interface WriteZipOptions {
  /** Date of every entry, to two seconds, in UTC. Default: 1980-01-01, the earliest a zip can say. */
  readonly modified?: Date;
  /** Whether the top folder `.git` may be in the zip, as a full clone has it. Default: false, it is refused. */
  readonly allowGitFolder?: boolean;
  /** zlib's level, 0 to 9. Default: 6. */
  readonly level?: number;
  /** For tests. */
  readonly zip64Limits?: Zip64Limits;
}

/** Up to here a content is held in memory, so that its header can say its checksum and sizes. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Below this, a turn of the thread pool takes longer than deflating at once. */
const MAX_SYNC_DEFLATE_BYTES = 16 * 1024;

const deflateAsync = promisify<Buffer, { level: number }, Buffer>(deflateRaw);

/**
 * Zips entries in the order they come, while they come: memory holds one small file or a few chunks of a large one,
 * plus the directory. The same entries and options give the same bytes. Throws `artifact/unsafe-path`,
 * `artifact/symlink-escapes`, `artifact/size-mismatch`, and whatever the entries throw.
 */
export async function* writeZip(
  entries: AsyncIterable<TreeEntry>,
  options: WriteZipOptions = {},
): AsyncGenerator<Uint8Array> {
  const limits = options.zip64Limits ?? ZIP64_LIMITS;
  const modified = dosTime(options.modified ?? new Date(0));
  yield* joinChunks(
    records(entries, new TreePaths(options.allowGitFolder ?? false), modified, limits, options.level ?? 6),
  );
}

async function* records(
  entries: AsyncIterable<TreeEntry>,
  paths: TreePaths,
  modified: DosTime,
  limits: Zip64Limits,
  level: number,
): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const writer = { name: paths.add(entry.path), offset, modified, limits, level };
    const small = entry.size <= MAX_BUFFERED_BYTES || entry.kind === 'symlink';
    const written = small ? bufferedEntry(entry, writer, paths) : streamedEntry(entry, writer);
    for (let step = await written.next(); ; step = await written.next()) {
      if (step.done) {
        directory.push(centralHeader(step.value, modified, limits));
        break;
      }
      offset += step.value.length;
      yield step.value;
    }
  }
  paths.finish();
  const size = directory.reduce((sum, header) => sum + header.length, 0);
  yield* directory;
  yield endRecords({ count: directory.length, offset, size }, limits);
}

interface EntryWriter {
  readonly name: Buffer;
  readonly offset: number;
  readonly modified: DosTime;
  readonly limits: Zip64Limits;
  readonly level: number;
}

async function* bufferedEntry(
  entry: TreeEntry,
  writer: EntryWriter,
  paths: TreePaths,
): AsyncGenerator<Uint8Array, ZipEntry> {
  const content = await readWhole(entry);
  if (entry.kind === 'symlink') paths.addLink(entry.path, content.toString('utf8'));
  const packed = entry.kind === 'symlink' || content.length === 0 ? content : await deflateWhole(content, writer.level);
  const deflated = packed.length < content.length;
  const stored = deflated ? packed : content;
  const record: ZipEntry = {
    name: writer.name,
    kind: entry.kind,
    deflated,
    streamed: false,
    zip64: content.length >= writer.limits.bytes,
    crc: crc32(content),
    compressedSize: stored.length,
    size: content.length,
    offset: writer.offset,
  };
  yield localHeader(record, writer.modified);
  yield stored;
  return record;
}

function deflateWhole(content: Buffer, level: number): Promise<Buffer> | Buffer {
  return content.length <= MAX_SYNC_DEFLATE_BYTES
    ? deflateRawSync(content, { level })
    : deflateAsync(content, { level });
}

async function* streamedEntry(entry: TreeEntry, writer: EntryWriter): AsyncGenerator<Uint8Array, ZipEntry> {
  // Deflate can make noise a little longer, never by a thousandth: such a file is zip64 to be sure.
  const zip64 = entry.size * 1.001 >= writer.limits.bytes;
  const promised: ZipEntry = {
    name: writer.name,
    kind: entry.kind,
    deflated: true,
    streamed: true,
    zip64,
    crc: 0,
    compressedSize: 0,
    size: entry.size,
    offset: writer.offset,
  };
  yield localHeader(promised, writer.modified);
  let crc = 0;
  let compressedSize = 0;
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readContent(entry)) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
  }
  const deflate = createDeflateRaw({ level: writer.level, chunkSize: 64 * 1024 });
  // Errors of either end reach the loop below; the callback only keeps them from being thrown twice.
  pipeline(Readable.from(checked(), { objectMode: false }), deflate, () => undefined);
  for await (const chunk of deflate as AsyncIterable<Buffer>) {
    compressedSize += chunk.length;
    yield chunk;
  }
  const record = { ...promised, crc, compressedSize };
  yield dataDescriptor(record);
  return record;
}
