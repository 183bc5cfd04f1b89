import type { PackedEntry, TreeEntryKind } from '@gitsource/events';
import { PackError, tooLarge } from '../errors.ts';
import { type ObjectId, toHex } from '../objects/object-id.ts';
import type { FoundObject } from '../objects/packed-object.ts';
import { parseTree, type TreeItem } from './parse-tree.ts';
import type { Selection } from './selection.ts';

/** A commit of another repository at a path, without its files. */
export interface Submodule {
  readonly path: string;
  readonly sha: string;
}

export interface TreeSource {
  readonly idBytes: number;
  readonly maxPaths: number;
  /** An object of that kind: waits for it, and rejects where it is not in the pack. */
  readonly need: (id: ObjectId, kind: 'tree' | 'blob', path: string) => FoundObject | Promise<FoundObject>;
  readonly contentOf: (object: FoundObject) => Buffer;
  readonly bodyOf: (object: FoundObject) => PackedEntry['body'];
}

/** A folder that is being read. */
interface OpenFolder {
  /** `''`, or `src/`. */
  readonly prefix: string;
  readonly items: readonly TreeItem[];
  /** All of it is wanted. */
  readonly isWithin: boolean;
  next: number;
}

export interface Walk {
  /** Default: everything. */
  readonly selection: Selection | undefined;
  /** Get what the tree has of them. */
  readonly submodules: Submodule[];
}

/**
 * The paths of a tree, folders where their names stand: the order of `git ls-tree -r`. Each is given as soon as its blob
 * is there. Throws `pack/too-large` and what the source and the trees' parser throw.
 */
export async function* walkTree(
  source: TreeSource,
  root: ObjectId,
  { selection, submodules }: Walk,
): AsyncGenerator<PackedEntry> {
  let paths = 0;
  // Of all open folders: a folder of a million in another one of a million, and so on, need not be walked to take all memory.
  let room = 2 * source.maxPaths;
  const open: OpenFolder[] = [];
  const enter = async (id: ObjectId, prefix: string, isWithin: boolean) => {
    const tree = await source.need(id, 'tree', prefix);
    const items = parseTree(source.contentOf(tree), source.idBytes, prefix, room);
    room -= items.length;
    open.push({ prefix, items, isWithin, next: 0 });
  };
  await enter(root, '', selection === undefined);
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const item = folder.items[folder.next++];
    if (item === undefined) {
      room += folder.items.length;
      open.pop();
      continue;
    }
    const path = folder.prefix + item.name;
    const isWithin = folder.isWithin || selection?.placeOf(path) === 'within';
    if (!isWithin && (item.kind !== 'folder' || selection?.placeOf(path) === undefined)) continue;
    // Folders count too: the same one may stand at any number of paths.
    if (++paths > 2 * source.maxPaths) throw tooLarge(`The tree has more than ${source.maxPaths} paths`);
    if (item.kind === 'folder') await enter(item.id, checkedPrefix(path), isWithin);
    else if (item.kind === 'submodule') submodules.push({ path, sha: toHex(item.id) });
    else {
      const found = source.need(item.id, 'blob', path);
      // Mostly it is there: a turn of the event loop for each path would be felt.
      yield toEntry(path, item.kind, found instanceof Promise ? await found : found, source);
    }
  }
}

/** In UTF-16 units; the bytes are checked where a name is written. */
const MAX_PATH_LENGTH = 65_535;

function checkedPrefix(path: string): string {
  if (path.length < MAX_PATH_LENGTH) return `${path}/`;
  throw new PackError('pack/path-unsafe', `The commit nests folders deeper than ${MAX_PATH_LENGTH} characters.`);
}

function toEntry(path: string, kind: TreeEntryKind, object: FoundObject, source: TreeSource): PackedEntry {
  const { id, size, crc32 } = object.resolved;
  return { path, kind, size, crc32, blob: toHex(id), body: source.bodyOf(object) };
}
