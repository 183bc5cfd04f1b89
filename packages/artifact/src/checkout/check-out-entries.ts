import type { PackedEntry } from '@gitsource/events';
import { readPacked } from '../read-packed.ts';
import { type CheckOutOptions, checkOutEntry, unsupported } from './check-out-entry.ts';
import { convertsOnCheckout } from './conversion.ts';
import { ATTRIBUTES_NAME, type Folder, isSettled, OpenFolders } from './open-folders.ts';

/** Nobody writes so many rules. */
const MAX_ATTRIBUTES_BYTES = 1024 * 1024;
/** Git ignores such files. */
const MAX_GIT_ATTRIBUTES_BYTES = 100 * 1024 * 1024;

interface Waiting {
  readonly entry: PackedEntry;
  readonly folder: Folder;
}

/**
 * A tree's entries as `git checkout` on Linux writes them, without any configuration: `ident`, `eol=crlf` and
 * `working-tree-encoding` of its `.gitattributes` files are applied, and what they do not concern passes untouched. Takes and gives
 * them in the order of `git ls-tree -r`; those that stand before a folder's `.gitattributes` wait for it. Throws
 * `artifact/conversion-unsupported` where only git knows what comes out, and whatever the entries throw.
 */
export async function* checkOutEntries(
  entries: AsyncIterable<PackedEntry>,
  options: CheckOutOptions = {},
): AsyncGenerator<PackedEntry> {
  const folders = new OpenFolders(convertsOnCheckout, options.attributesAbove);
  const checkOut = ({ entry, folder }: Waiting) => checkOutEntry(entry, folders.stackOf(folder), options);
  const waiting: Waiting[] = [];
  for await (const entry of entries) {
    const folder = folders.enter(entry.path);
    if (isAttributes(entry.path, folder)) readAttributes(folders, folder, entry);
    if (waiting.length === 0 && isSettled(folder)) {
      yield checkOut({ entry, folder });
      continue;
    }
    waiting.push({ entry, folder });
    const blocked = waiting.findIndex((each) => !isSettled(each.folder));
    const ready = waiting.splice(0, blocked < 0 ? waiting.length : blocked);
    for (const each of ready) yield checkOut(each);
  }
  folders.leave();
  for (const each of waiting) yield checkOut(each);
}

function isAttributes(path: string, { prefix }: Folder): boolean {
  return path.length === prefix.length + ATTRIBUTES_NAME.length && path.endsWith(ATTRIBUTES_NAME);
}

/** Git reads a link's target as if it were the file. */
function readAttributes(folders: OpenFolders, folder: Folder, entry: PackedEntry): void {
  if (folder.isGiven) return;
  if (folder.isKnown) throw unsupported(entry.path, 'the tree is not in order');
  if (entry.size < MAX_GIT_ATTRIBUTES_BYTES && entry.size > MAX_ATTRIBUTES_BYTES) {
    throw unsupported(entry.path, `it has more than ${MAX_ATTRIBUTES_BYTES} bytes`);
  }
  folders.read(folder, entry.size < MAX_GIT_ATTRIBUTES_BYTES ? readPacked(entry) : Buffer.alloc(0));
}
