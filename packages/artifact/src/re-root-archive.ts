import { ArchiveEntries } from './archive/archive-entries.ts';
import { corrupt, shownName, truncated } from './archive/archive-errors.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archive/archive-limits.ts';
import { CENTRAL_HEADER, END_RECORD, LOCAL_HEADER, ZIP64_END_RECORD } from './archive/archive-records.ts';
import { ByteQueue } from './archive/byte-queue.ts';
import { checkCommit } from './archive/check-commit.ts';
import { ContentChecks } from './archive/content-checks.ts';
import type { CopyJob } from './archive/copy-job.ts';
import { copyLong } from './archive/copy-long.ts';
import { copyShort } from './archive/copy-short.ts';
import type { LocalEntry } from './archive/local-entry.ts';
import { readDirectory } from './archive/read-directory.ts';
import { readEnd } from './archive/read-end.ts';
import { readLocalHeader } from './archive/read-local-header.ts';
import { requireZip } from './archive/require-zip.ts';
import { UnpackedBudget } from './archive/unpacked-budget.ts';
import { dosTime } from './dos-time.ts';
import { ChunkJoiner } from './join-chunks.ts';
import { centralHeader, endRecords, ZIP64_LIMITS, type Zip64Limits } from './zip-records.ts';

export interface ReRootArchiveOptions {
  /** `strip`: every entry lies in one folder, as providers pack it, and that is taken off. `none`: there is none. */
  readonly topFolder: 'strip' | 'none';
  /** The full SHA asked for. An archive whose comment names another commit is refused; one that names none is not. */
  readonly commit?: string;
  /** Called when all has been checked, before the last bytes are given; what it throws is thrown on. */
  readonly onChecked?: (checked: CheckedArchive) => void;
  /** Date of every entry, to two seconds, in UTC. Default: 1980-01-01, the earliest a zip can say. */
  readonly modified?: Date;
  /** Default: `ARCHIVE_LIMITS`. */
  readonly limits?: Partial<ArchiveLimits>;
  /** Threads that check contents beside the copying. Default: one for each core but the first, three at most. */
  readonly threads?: number;
  /** For tests. */
  readonly zip64Limits?: Zip64Limits;
}

export interface CheckedArchive {
  /** What the archive says of itself; the full commit SHA where `git archive` made it from a commit. */
  readonly comment: string;
  /** The folder that was taken off, such as `octo-app-1a2b3c4`; none for an empty archive or with `none`. */
  readonly topFolder: string | undefined;
  /** Files and links. */
  readonly entries: number;
  readonly unpackedBytes: number;
}

/**
 * A provider's zip, while it arrives, becomes an artifact's: one top folder is taken off, folders are implied, modes
 * and links are kept, dates are pinned, and the packed bytes stay as they are. Each content is inflated on the side,
 * in threads where there is enough to do, and held against its checksum; names, links and the directory are checked.
 * Memory holds a few megabytes that are not checked yet and one record for each entry. The end of the zip is given only
 * when everything was right and the archive has ended, so a failed one is never complete. Throws `artifact/archive-*`,
 * `artifact/unsafe-path`, `artifact/symlink-escapes`, `artifact/thread-failed`, and whatever the archive's stream throws.
 */
export async function* reRootArchive(
  archive: AsyncIterable<Uint8Array>,
  options: ReRootArchiveOptions,
): AsyncGenerator<Uint8Array> {
  const limits = { ...ARCHIVE_LIMITS, ...options.limits };
  const entries = new ArchiveEntries(options.topFolder, limits);
  const onSmall = (archiveOffset: number, content: Uint8Array) => entries.considerLink(archiveOffset, content);
  const checks = new ContentChecks({ onSmall, ...(options.threads !== undefined && { threads: options.threads }) });
  const input = new ByteQueue(archive);
  try {
    yield* chunks({ input, entries, checks, onSmall, limits }, options);
  } catch (error) {
    // A wrong content that stands before the place of this error is what the archive is refused for.
    await checks.finish();
    throw error;
  } finally {
    await checks.close();
    // The reader gets this generator's own outcome, not how the source takes its end.
    await input.close().catch(() => undefined);
  }
}

interface ReRooting extends Pick<CopyJob, 'input' | 'checks' | 'onSmall'> {
  readonly entries: ArchiveEntries;
  readonly limits: ArchiveLimits;
}

async function* chunks(reRooting: ReRooting, options: ReRootArchiveOptions): AsyncGenerator<Uint8Array> {
  const { input, entries, checks, onSmall } = reRooting;
  const zip64Limits = options.zip64Limits ?? ZIP64_LIMITS;
  const modified = dosTime(options.modified ?? new Date(0));
  const budget = new UnpackedBudget(reRooting.limits);
  const shared = { input, modified, zip64Limits, budget, checks, onSmall };
  const output = new ChunkJoiner();
  await requireZip(input);

  while ((await input.signature()) === LOCAL_HEADER) {
    const archiveOffset = input.offset;
    const header = await readLocalHeader(input);
    const place = entries.place(header);
    const entry = { ...place, archiveOffset, offset: output.totalBytes };
    const job: CopyJob = {
      ...shared,
      // A folder's record goes nowhere: an artifact implies it.
      output: place.isFolder ? new ChunkJoiner() : output,
      header,
      name: place.name,
      outName: Buffer.from(place.path),
      archiveOffset,
    };
    const content = (await copyShort(job)) ?? (yield* copyLong(job));
    entries.add({ ...entry, content, kind: undefined });
    if (output.isFull) yield output.take();
  }
  const comment = await readRest(input, entries.list);
  await checks.finish();
  entries.checkLinks();
  checkCommit(comment, options.commit);
  const files = entries.list.filter((entry) => !entry.isFolder);
  const { unpackedBytes } = budget;
  options.onChecked?.({ comment, topFolder: entries.topFolder, entries: files.length, unpackedBytes });

  const offset = output.totalBytes;
  for (const { path, kind, content, offset: at } of files) {
    const record = { ...content, name: Buffer.from(path), kind: kind ?? 'file', offset: at };
    output.push(centralHeader(record, modified, zip64Limits));
    if (output.isFull) yield output.take();
  }
  output.push(endRecords({ count: files.length, offset, size: output.totalBytes - offset }, zip64Limits));
  yield output.take();
}

/** The archive from its directory on; its comment. */
async function readRest(input: ByteQueue, list: readonly LocalEntry[]): Promise<string> {
  const last = list.at(-1);
  const place = last === undefined ? 'its beginning' : `what follows ${shownName(last.name)}`;
  const signature = await input.signature();
  if (signature === undefined) throw truncated(place);
  if (![CENTRAL_HEADER, ZIP64_END_RECORD, END_RECORD].includes(signature)) throw corrupt(place, 'is no zip record');
  const offset = input.offset;
  await readDirectory(input, list);
  return readEnd(input, { count: list.length, offset, size: input.offset - offset });
}
