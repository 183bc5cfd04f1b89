import { join } from 'node:path';
import type { CommitSha, TreeEntry } from '@gitsource/events';
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

/** The tree's files, then those of each submodule under its path. */
export async function* readEntries(context: GitContext, tree: FetchedTree): AsyncGenerator<TreeEntry> {
  const { repository, sha, paths, isFull, submodules, lfs } = tree;
  if (!isFull) yield* blobsOf(context, repository, sha, paths, lfs);
  else for await (const entry of readFolder(repository)) yield await inClone(entry, tree);
  for (const { path, folder, sha: commit } of submodules) {
    for await (const entry of blobsOf(context, folder, commit, [], lfs))
      yield { ...entry, path: `${path}/${entry.path}` };
  }
}

/** Git's own files stay as they are. */
async function inClone(entry: TreeEntry, { repository, lfs }: FetchedTree): Promise<TreeEntry> {
  return lfs && !entry.path.startsWith('.git/') ? resolvePointer(entry, join(repository, '.git')) : entry;
}

async function* blobsOf(
  context: GitContext,
  folder: string,
  sha: CommitSha,
  paths: readonly string[],
  lfs: boolean,
): AsyncGenerator<TreeEntry> {
  const records = withoutSubmodules(listTree(context, folder, sha, paths));
  for await (const { record: _, ...entry } of readBlobs(context, folder, records)) {
    yield lfs ? await resolvePointer(entry, folder) : entry;
  }
}

async function* withoutSubmodules(records: AsyncIterable<TreeRecord>): AsyncGenerator<TreeRecord> {
  for await (const record of records) if (record.kind !== 'submodule') yield record;
}
