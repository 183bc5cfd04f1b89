import { tooLarge } from '../errors.ts';
import type { ObjectId } from '../objects/object-id.ts';
import { parseTree, type TreeItem } from './parse-tree.ts';
import { foldersAbove } from './selection.ts';
import type { TreeSource } from './walk-tree.ts';

/** What can be read of a tree without its files. */
export type FolderSource = Pick<TreeSource, 'idBytes' | 'maxPaths' | 'need' | 'contentOf'>;

export interface FoundPaths {
  /** Of the files and links at and below the paths, and of what rules over them from the folders above. */
  readonly blobs: readonly ObjectId[];
  /** Paths at which there is nothing. */
  readonly absent: readonly string[];
}

/** Git looks for these in every folder above a file, and at the root. */
const ATTRIBUTES = '.gitattributes';
const MODULES = '.gitmodules';

/** Looks chosen paths up in a tree, from trees alone. Throws `pack/too-large` and what the source and the trees' parser throw. */
export async function findPaths(source: FolderSource, root: ObjectId, paths: readonly string[]): Promise<FoundPaths> {
  const blobs = new Set<ObjectId>();
  const absent: string[] = [];
  const seen = new Set<ObjectId>();
  for (const path of paths) {
    const item = await findItem(source, root, path);
    if (item === undefined) absent.push(path);
    else await addBelow(source, item, path, { blobs, seen });
  }
  const above = ['', ...new Set(paths.flatMap(foldersAbove))];
  for (const path of [MODULES, ...above.map((folder) => (folder === '' ? ATTRIBUTES : `${folder}/${ATTRIBUTES}`))]) {
    const item = await findItem(source, root, path);
    if (item !== undefined && isBlob(item)) blobs.add(item.id);
  }
  return { blobs: [...blobs], absent };
}

/** What a tree has at a path; nothing is below a file or a submodule. */
export async function findItem(source: FolderSource, root: ObjectId, path: string): Promise<TreeItem | undefined> {
  let item: TreeItem = { name: '', kind: 'folder', id: root };
  let prefix = '';
  for (const segment of path.split('/')) {
    if (item.kind !== 'folder') return undefined;
    const found = (await itemsOf(source, item.id, prefix)).find(({ name }) => name === segment);
    if (found === undefined) return undefined;
    item = found;
    prefix += `${segment}/`;
  }
  return item;
}

/** Equal folders are looked into once. */
async function addBelow(
  source: FolderSource,
  top: TreeItem,
  path: string,
  { blobs, seen }: { readonly blobs: Set<ObjectId>; readonly seen: Set<ObjectId> },
): Promise<void> {
  const open = [{ item: top, path }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { item } = next;
    if (isBlob(item)) blobs.add(item.id);
    if (blobs.size > source.maxPaths) throw tooLarge(`The paths hold more than ${source.maxPaths} files`);
    if (item.kind !== 'folder' || seen.has(item.id)) continue;
    seen.add(item.id);
    const prefix = `${next.path}/`;
    for (const inner of await itemsOf(source, item.id, prefix)) open.push({ item: inner, path: prefix + inner.name });
  }
}

async function itemsOf(source: FolderSource, id: ObjectId, prefix: string): Promise<TreeItem[]> {
  const { need, contentOf, idBytes, maxPaths } = source;
  return parseTree(contentOf(await need(id, 'tree', prefix)), idBytes, prefix, 2 * maxPaths);
}

export function isBlob({ kind }: TreeItem): boolean {
  return kind !== 'folder' && kind !== 'submodule';
}
