import type { TreeEntryKind } from '@gitsource/events';
import { corrupt, shownName, truncated, unsupported } from './archive-errors.ts';
import { readName } from './archive-path.ts';
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_BYTES,
  type CentralHeader,
  centralTailBytes,
  FLAGS_REFUSED,
  METHOD_DEFLATED,
  parseCentralHeader,
} from './archive-records.ts';
import type { ByteQueue } from './byte-queue.ts';
import type { LocalEntry } from './local-entry.ts';

const PLACE = 'its directory';

/**
 * Reads the central directory up to its end records and holds every entry against what went by; each entry learns
 * its kind. Throws `artifact/archive-corrupt` for any difference, `-truncated`, `-unsupported`.
 */
export async function readDirectory(input: ByteQueue, entries: readonly LocalEntry[]): Promise<void> {
  const missing = new Map(entries.map((entry) => [entry.archiveOffset, entry]));
  while ((await input.signature()) === CENTRAL_HEADER) {
    const header = await readCentralHeader(input);
    const entry = missing.get(header.offset);
    const name = readName(header);
    if (entry === undefined) throw corrupt(shownName(name), 'is listed in its directory, but is not in it');
    compare(header, entry, name);
    entry.kind = kindOf(header, entry);
    missing.delete(header.offset);
  }
  if (missing.size > 0 && !(await input.fill(4))) throw truncated(PLACE);
  for (const entry of missing.values()) throw corrupt(shownName(entry.name), 'is not listed in its directory');
}

async function readCentralHeader(input: ByteQueue): Promise<CentralHeader> {
  if (!(await input.fill(CENTRAL_HEADER_BYTES))) throw truncated(PLACE);
  const length = CENTRAL_HEADER_BYTES + centralTailBytes(input.ready);
  if (!(await input.fill(length))) throw truncated(PLACE);
  return parseCentralHeader(input.take(length));
}

function compare(header: CentralHeader, entry: LocalEntry, name: string): void {
  const { content } = entry;
  const expected = entry.isFolder ? `${entry.name}/` : entry.name;
  const differs =
    (name !== expected && 'name') ||
    ((header.method === METHOD_DEFLATED) !== content.deflated && 'method') ||
    (header.crc !== content.crc && 'checksum') ||
    (header.compressedSize !== content.compressedSize && 'packed size') ||
    (header.size !== content.size && 'size') ||
    (header.disk !== 0 && 'disk') ||
    ((header.flags & FLAGS_REFUSED) !== 0 && 'encryption');
  if (differs !== false) throw corrupt(shownName(entry.name), `has another ${differs} in its directory`);
}

/** 4.4.2.2; Go writes 19 for what it was told on macOS. */
const MADE_BY_WITH_MODES = new Set([3, 19]);

const FORMAT = 0o170000;
const FORMATS: ReadonlyMap<number, 'file' | 'folder' | 'symlink'> = new Map([
  [0, 'file'], // git archive gives a plain file no mode
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'symlink'],
]);

function kindOf(header: CentralHeader, entry: LocalEntry): TreeEntryKind {
  const mode = MADE_BY_WITH_MODES.has(header.madeBy) ? header.attributes >>> 16 : 0;
  const format = FORMATS.get(mode & FORMAT);
  if (format === undefined) throw unsupported(shownName(entry.name), 'is neither file nor link (a device or the like)');
  const isFolder = format === 'folder' || (entry.isFolder && format === 'file');
  if (isFolder !== entry.isFolder) throw corrupt(shownName(entry.name), 'is a folder by its name or by its mode only');
  if (format === 'symlink') return 'symlink';
  return (mode & 0o100) === 0 ? 'file' : 'executable';
}
