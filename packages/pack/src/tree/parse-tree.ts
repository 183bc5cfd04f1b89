import type { TreeEntryKind } from '@gitsource/events';
import { PackError, tooLarge } from '../errors.ts';
import { type ObjectId, objectIdAt } from '../objects/object-id.ts';

export interface TreeItem {
  readonly name: string;
  readonly kind: TreeEntryKind | 'folder' | 'submodule';
  readonly id: ObjectId;
}

const KINDS: ReadonlyMap<string, TreeItem['kind']> = new Map([
  ['100644', 'file'],
  // Of very old repositories; git gives them 644, too.
  ['100664', 'file'],
  ['100755', 'executable'],
  ['120000', 'symlink'],
  ['160000', 'submodule'],
  ['40000', 'folder'],
  ['040000', 'folder'],
]);

const SPACE = 0x20;
/** Linux opens no longer path; and of texts of one length from 16,384 on, a set compares each with every other. */
const MAX_NAME_BYTES = 4096;

/**
 * The items of a tree object, `<mode> <name>\0<id>` each, in its order. `folder` is where it lies, for messages.
 * Throws `pack/tree-invalid`, `pack/path-unsafe`, `pack/too-large`.
 */
export function parseTree(content: Buffer, idBytes: number, folder: string, maxItems: number): TreeItem[] {
  const items: TreeItem[] = [];
  const names = new Set<string>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(SPACE, at);
    const end = content.indexOf(0, space + 1);
    const kind = KINDS.get(content.toString('latin1', at, space));
    if (space < 0 || end < 0 || end + 1 + idBytes > content.length || kind === undefined) {
      throw invalid(folder, 'has an item that is cut off or of an unknown mode');
    }
    const name = parseName(content, space + 1, end, folder);
    if (names.has(name)) throw invalid(folder, `has ${JSON.stringify(name)} twice`);
    names.add(name);
    at = end + 1 + idBytes;
    items.push({ name, kind, id: objectIdAt(content, end + 1, at) });
    if (items.length > maxItems) throw tooLarge(`A folder of the tree has more than ${maxItems} items`);
  }
  return items;
}

/** Git's own `add` writes no such names, but a hostile server can send them. */
function parseName(content: Buffer, start: number, end: number, folder: string): string {
  if (end - start > MAX_NAME_BYTES) {
    throw unsafe(folder + content.toString('latin1', start, start + 100), `is longer than ${MAX_NAME_BYTES} bytes`);
  }
  const name = content.toString('utf8', start, end);
  // What is no UTF-8 was replaced: the bytes have changed.
  if (name.includes('\ufffd') && !Buffer.from(name).equals(content.subarray(start, end))) {
    throw unsafe(folder + content.toString('latin1', start, end), 'is not UTF-8, and a zip cannot hold it');
  }
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw unsafe(folder + name, 'has an empty, "." or ".." segment, or a slash within one');
  }
  // In any case, as file systems that ignore case would take it.
  if (name.length === 4 && name.toLowerCase() === '.git') throw unsafe(folder + name, 'is a folder of git itself');
  return name;
}

function unsafe(path: string, why: string): PackError {
  return new PackError(
    'pack/path-unsafe',
    `The commit holds the path ${JSON.stringify(path.slice(0, 500))}, which ${why}. Rename or remove it.`,
  );
}

function invalid(folder: string, why: string): PackError {
  const name = folder === '' ? 'The root tree' : `The tree of ${JSON.stringify(folder)}`;
  return new PackError('pack/tree-invalid', `${name} ${why}. Run git fsck on the server.`);
}
