import { setImmediate } from 'node:timers/promises';
import type { PackedEntry } from '@gitsource/events';
import { DeflatePool, type DeflatePoolOptions } from './deflate-pool.ts';
import { dosTime } from './dos-time.ts';
import { ArtifactError } from './errors.ts';
import { ChunkJoiner } from './join-chunks.ts';
import { KeptBytes } from './kept-bytes.ts';
import { readPacked } from './read-packed.ts';
import { RecentlyDeflated } from './recently-deflated.ts';
import { writeStreamedFile } from './streamed-file.ts';
import { TreePaths } from './tree-paths.ts';
import type { CloneToZip } from './write-clone-zip.ts';
import type { WriteZipOptions } from './write-zip.ts';
import { centralHeader, endRecords, localHeader, ZIP64_LIMITS, type ZipEntry } from './zip-records.ts';

export interface WritePackedZipOptions
  extends Omit<WriteZipOptions, 'allowGitFolder'>,
    Pick<DeflatePoolOptions, 'threads'> {
  /** What stands around the entries of a clone, which may be in `.git`. */
  readonly clone?: Pick<CloneToZip, 'pack' | 'emptyFolders'>;
}

/** Of contents that are being deflated or wait for one before them, and the entries among which they are. */
const MAX_HELD_BYTES = 2 * 1024 * 1024;
const MAX_QUEUED = 10_000;
/** So long may entries come without a turn of anything else: the clocks that end a program in time, requests under way. */
const MAX_TURN_MS = 100;
/** No system follows a longer link. */
const MAX_LINK_BYTES = 65_535;

/** A content as it goes into the zip. */
interface Packed {
  readonly isDeflated: boolean;
  readonly bytes: number;
  readonly pieces: () => Iterable<Uint8Array>;
}

interface Queued {
  readonly entry: PackedEntry;
  readonly name: Buffer;
  /** How long the content is that it has in memory. */
  readonly heldBytes: number;
  /** Until then, it is being deflated. */
  packed: Packed | Promise<Packed>;
}

/**
 * Zips verified entries in the order they come: what is deflated already is copied, the rest is deflated in threads. The
 * zip has the entries, order, dates and modes that `writeZip` gives the same tree. Throws `artifact/unsafe-path`,
 * `artifact/symlink-escapes`, and whatever the entries throw.
 */
export async function* writePackedZip(
  entries: AsyncIterable<PackedEntry>,
  options: WritePackedZipOptions = {},
): AsyncGenerator<Uint8Array> {
  const limits = options.zip64Limits ?? ZIP64_LIMITS;
  const modified = dosTime(options.modified ?? new Date(0));
  const { clone } = options;
  const paths = new TreePaths(clone !== undefined);
  const pool = new DeflatePool({
    level: options.level ?? 6,
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  const directory = new KeptBytes();
  const output = new ChunkJoiner();
  let count = 0;
  const list = (record: ZipEntry) => {
    directory.append(centralHeader(record, modified, limits));
    count += 1;
  };
  try {
    if (clone !== undefined) {
      const name = paths.add(clone.pack.path);
      list(yield* writeStreamedFile(clone.pack, { name, modified, limits, output }));
    }
    for await (const { entry, name, packed } of inOrder(entries, { paths, pool, recent: new RecentlyDeflated() })) {
      const record = toRecord(entry, name, packed, output.totalBytes, limits.bytes);
      list(record);
      output.push(localHeader(record, modified));
      // Joined here and not by another generator: a turn for each header and content would be felt.
      for (const piece of packed.pieces()) {
        output.push(piece);
        if (output.isFull) yield output.take();
      }
    }
    for (const folder of clone?.emptyFolders() ?? []) {
      paths.addFolder(folder);
      const record = folderRecord(folder, output.totalBytes);
      list(record);
      output.push(localHeader(record, modified));
    }
    paths.finish();
    const end = endRecords({ count, offset: output.totalBytes, size: directory.length }, limits);
    for (const piece of [...directory.pieces(), end]) output.push(piece);
    yield output.take();
  } finally {
    await pool.close();
  }
}

function toRecord(entry: PackedEntry, name: Buffer, packed: Packed, offset: number, zip64Bytes: number): ZipEntry {
  return {
    name,
    kind: entry.kind,
    deflated: packed.isDeflated,
    streamed: false,
    zip64: Math.max(entry.size, packed.bytes) >= zip64Bytes,
    crc: entry.crc32,
    compressedSize: packed.bytes,
    size: entry.size,
    offset,
  };
}

function folderRecord(path: string, offset: number): ZipEntry {
  const name = Buffer.from(`${path}/`, 'utf8');
  return { name, kind: 'folder', ...EMPTY, offset };
}

const EMPTY = { deflated: false, streamed: false, zip64: false, crc: 0, compressedSize: 0, size: 0 };

type Ready = Queued & { readonly packed: Packed };

interface ZipParts {
  readonly paths: TreePaths;
  readonly pool: DeflatePool;
  readonly recent: RecentlyDeflated<Packed>;
}

/** Takes entries ahead of those that are being deflated, and gives them in their order. */
async function* inOrder(entries: AsyncIterable<PackedEntry>, parts: ZipParts): AsyncGenerator<Ready> {
  const { pool } = parts;
  const queue: Queued[] = [];
  let heldBytes = 0;
  let turnMs = performance.now();
  for await (const entry of entries) {
    if (performance.now() - turnMs > MAX_TURN_MS) {
      await setImmediate();
      turnMs = performance.now();
    }
    const queued = toQueued(entry, parts);
    queue.push(queued);
    heldBytes += queued.heldBytes;
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const isFull = heldBytes > MAX_HELD_BYTES || queue.length > MAX_QUEUED;
      if (!isReady(head) && !isFull) break;
      queue.shift();
      yield isReady(head) ? head : await ready(head, pool);
      heldBytes -= head.heldBytes;
    }
  }
  pool.flush();
  for (const queued of queue) yield isReady(queued) ? queued : await ready(queued, pool);
}

function isReady(queued: Queued): queued is Ready {
  return !(queued.packed instanceof Promise);
}

async function ready(queued: Queued, pool: DeflatePool): Promise<Ready> {
  pool.flush();
  return { ...queued, packed: await queued.packed };
}

function toQueued(entry: PackedEntry, { paths, pool, recent }: ZipParts): Queued {
  const name = paths.add(entry.path);
  const { body } = entry;
  if (entry.kind === 'symlink') {
    const target = readLink(entry);
    paths.addLink(entry.path, target.toString('utf8'));
    return { entry, name, heldBytes: 0, packed: stored(target) };
  }
  if (body.packing === 'deflate') {
    return { entry, name, heldBytes: 0, packed: { isDeflated: true, bytes: body.bytes, pieces: body.pieces } };
  }
  if (body.packing === 'incompressible') {
    // Read when its turn comes, so that it need not wait in memory.
    const packed: Packed = { isDeflated: false, bytes: entry.size, pieces: () => [body.content()] };
    return { entry, name, heldBytes: 0, packed };
  }
  if (entry.size === 0) return { entry, name, heldBytes: 0, packed: stored(new Uint8Array()) };
  const known = recent.get(entry.blob);
  const promise = known ?? deflate(body.content(), pool);
  if (known === undefined) recent.add(entry.blob, entry.size, promise);
  const queued: Queued = { entry, name, heldBytes: known === undefined ? entry.size : 0, packed: promise };
  const settled = promise.then((packed) => {
    queued.packed = packed;
  });
  // Whoever takes the entry gets the failure; until then it is no unhandled one.
  settled.catch(() => undefined);
  return queued;
}

async function deflate(content: Uint8Array, pool: DeflatePool): Promise<Packed> {
  const deflated = await pool.deflate(content);
  if (deflated === undefined) return stored(content);
  return { isDeflated: true, bytes: deflated.length, pieces: () => [deflated] };
}

function stored(content: Uint8Array): Packed {
  return { isDeflated: false, bytes: content.length, pieces: () => [content] };
}

/** A link's target is stored as it is: some readers look for it without inflating. */
function readLink(entry: PackedEntry): Buffer {
  const { path, size } = entry;
  if (size > MAX_LINK_BYTES) {
    const what = `The tree's path ${JSON.stringify(path.slice(0, 500))} is a symbolic link of ${size} bytes`;
    throw new ArtifactError('artifact/unsafe-path', `${what}. Remove it from the repository.`, { fault: 'failed' });
  }
  return readPacked(entry);
}
