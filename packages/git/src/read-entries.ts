import type { CommitSha, TreeEntry } from '@gitsource/events';
import type { GitContext } from './git-process.ts';
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
}

/** The tree's files, then those of each submodule under its path. */
export async function* readEntries(context: GitContext, tree: FetchedTree): AsyncGenerator<TreeEntry> {
  const { repository, sha, paths, isFull, submodules } = tree;
  if (!isFull) yield* blobsOf(context, repository, sha, paths);
  else yield* readFolder(repository);
  for (const { path, folder, sha: commit } of submodules) {
    for await (const entry of blobsOf(context, folder, commit, [])) yield { ...entry, path: `${path}/${entry.path}` };
  }
}

async function* blobsOf(
  context: GitContext,
  folder: string,
  sha: CommitSha,
  paths: readonly string[],
): AsyncGenerator<TreeEntry> {
  for await (const { record: _, ...entry } of readBlobs(
    context,
    folder,
    withoutSubmodules(listTree(context, folder, sha, paths)),
  )) {
    yield entry;
  }
}

async function* withoutSubmodules(records: AsyncIterable<TreeRecord>): AsyncGenerator<TreeRecord> {
  for await (const record of records) if (record.kind !== 'submodule') yield record;
}
