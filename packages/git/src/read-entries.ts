import { join } from 'node:path';
import type { CommitSha, TreeEntry } from '@gitsource/events';
import { type CommitOnDisk, checkOutConverted } from './check-out.ts';
import { convertedEntry } from './converted-entry.ts';
import type { GitContext } from './git-process.ts';
import { resolvePointer } from './lfs.ts';
import { readFolder } from './read-folder.ts';
import { listTree, readBlobs, type TreeRecord } from './read-tree.ts';
import type { FetchedSubmodule } from './submodules.ts';

export interface FetchedTree {
  readonly repository: string;
  readonly sha: CommitSha;
  /** Only these; empty for all. */
  readonly paths: readonly string[];
  /** A clone with a work tree, whose `.git` is part of the entries. */
  readonly isFull: boolean;
  readonly submodules: readonly FetchedSubmodule[];
  /** Contents take the place of LFS pointers. */
  readonly lfs: boolean;
}

export interface EntriesOptions {
  /** Told of each file whose content a checkout changes: the attributes that ask for it, such as `eol=crlf` and `ident`. */
  readonly onConverted?: (attributes: readonly string[]) => void;
}

/** The tree's files as a checkout has them, then those of each submodule under its path. */
export async function* readEntries(
  context: GitContext,
  tree: FetchedTree,
  options: EntriesOptions = {},
): AsyncGenerator<TreeEntry> {
  const { repository, sha, paths, isFull, submodules, lfs } = tree;
  if (!isFull) yield* filesOf(context, { folder: repository, sha, paths, lfs }, options);
  else for await (const entry of readFolder(repository)) yield await inClone(entry, tree);
  for (const { path, folder, sha: commit } of submodules) {
    for await (const entry of filesOf(context, { folder, sha: commit, paths: [], lfs }, options))
      yield { ...entry, path: `${path}/${entry.path}` };
  }
}

/** Git's own files stay as they are. */
async function inClone(entry: TreeEntry, { repository, lfs }: FetchedTree): Promise<TreeEntry> {
  if (!lfs || entry.path.startsWith('.git/')) return entry;
  return (await resolvePointer(entry, join(repository, '.git'))).entry;
}

interface Files extends CommitOnDisk {
  readonly lfs: boolean;
}

async function* filesOf(context: GitContext, files: Files, { onConverted }: EntriesOptions): AsyncGenerator<TreeEntry> {
  const { folder, sha, paths, lfs } = files;
  const checkedOut = await checkOutConverted(context, files);
  try {
    const records = withoutSubmodules(listTree(context, folder, sha, paths));
    for await (const { record, ...blob } of readBlobs(context, folder, records)) {
      const { entry, isPointer } = lfs ? await resolvePointer(blob, folder) : { entry: blob, isPointer: false };
      // What LFS gives is converted no more.
      const converted = isPointer ? undefined : await convertedEntry(checkedOut, entry, record.objectSha);
      if (converted !== undefined) onConverted?.(converted.attributes);
      yield converted?.entry ?? entry;
    }
  } finally {
    await checkedOut?.dispose();
  }
}

async function* withoutSubmodules(records: AsyncIterable<TreeRecord>): AsyncGenerator<TreeRecord> {
  for await (const record of records) if (record.kind !== 'submodule') yield record;
}
