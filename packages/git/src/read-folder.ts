import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '@gitsource/events';
import { decodePath } from './tree-path.ts';

/**
 * The files of a folder, depth first and sorted by name within each folder; empty folders are left out. Errors: `git/path-unsafe`
 * for a name that is not UTF-8.
 */
export async function* readFolder(root: string, prefix = ''): AsyncGenerator<TreeEntry> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true, encoding: 'buffer' });
  const named = entries.map((entry) => ({ entry, path: decodePath(Buffer.concat([Buffer.from(prefix), entry.name])) }));
  named.sort((left, right) => (left.path < right.path ? -1 : 1));
  for (const { entry, path } of named) {
    if (entry.isDirectory()) yield* readFolder(root, `${path}/`);
    else if (entry.isSymbolicLink()) yield await linkEntry(root, path);
    else if (entry.isFile()) yield await fileEntry(root, path);
  }
}

async function linkEntry(root: string, path: string): Promise<TreeEntry> {
  const target = await readlink(join(root, path), { encoding: 'buffer' });
  return {
    path,
    kind: 'symlink',
    size: target.length,
    content: async function* () {
      yield target;
    },
  };
}

async function fileEntry(root: string, path: string): Promise<TreeEntry> {
  const file = join(root, path);
  const { size, mode } = await lstat(file);
  const kind = (mode & 0o100) === 0 ? 'file' : 'executable';
  return { path, kind, size, content: () => createReadStream(file) };
}
