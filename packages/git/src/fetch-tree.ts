import { join } from 'node:path';
import type { CommitSha } from '@gitsource/events';
import { type Connection, createBareRepository, expectOnRef, fetchShallow, movedError } from './fetch-objects.ts';
import { fetchLfs } from './lfs.ts';
import { type FetchedObjects, listPacks, type ObjectCache } from './object-cache.ts';
import type { ResolvedRef } from './resolve-ref.ts';
import { rewriteObjects } from './rewrite-objects.ts';
import { borrowSeed, fetchWithCache, readShallow, type Seed } from './seed-objects.ts';
import { fetchPaths } from './sparse-paths.ts';

export interface TreeOptions {
  readonly paths: readonly string[];
  readonly lfs: boolean;
  readonly cache: ObjectCache | undefined;
}

export interface FetchedTreeObjects {
  readonly sha: CommitSha;
  /** Where a cache was asked for and the fetch was one that it can hold. */
  readonly objects?: FetchedObjects;
}

/** Fetches one commit without its history into a new bare repository at `repository`, and returns which one it is. */
export async function fetchTree(
  connection: Connection,
  repository: string,
  resolved: ResolvedRef,
  wanted: CommitSha,
  { paths, lfs, cache }: TreeOptions,
): Promise<FetchedTreeObjects> {
  const { context } = connection;
  const sha = await expectOnRef(connection, join(repository, '../history.git'), resolved, wanted);
  // git-lfs looks for pointers in all contents, so they must all be there.
  const filter = paths.length > 0 && !lfs ? 'blob:none' : undefined;
  const usable = filter === undefined ? cache : undefined;
  const objects = await fetchWithCache(
    { context, folder: repository, sha, allowsShallow: true, cache: usable },
    async (seed) => {
      await fetchCommitObjects(connection, repository, { resolved, sha, filter, seed });
      return usable && leaveObjects(connection, repository, sha, seed);
    },
  );
  if (filter !== undefined) await fetchPaths(connection, repository, sha, paths);
  if (lfs) await fetchLfs(connection, repository, sha, paths);
  return { sha, ...(objects !== undefined && { objects }) };
}

interface CommitFetch {
  readonly resolved: ResolvedRef;
  readonly sha: CommitSha;
  readonly filter: 'blob:none' | undefined;
  readonly seed: Seed | undefined;
}

async function fetchCommitObjects(
  connection: Connection,
  repository: string,
  { resolved, sha, filter, seed }: CommitFetch,
): Promise<void> {
  const { context, remote } = connection;
  await createBareRepository(context, repository, sha);
  if (seed !== undefined) await borrowSeed(context, repository, seed);
  const refspec = `+${resolved.refName}:refs/gitsource/tip`;
  const fallback = sha === resolved.tip ? { refspec, depth: 1 as const } : { refspec };
  const found = await fetchShallow(connection, repository, { sha, fallback, filter });
  if (!found) throw movedError(remote, resolved.refName, sha);
}

async function leaveObjects(
  { context }: Connection,
  repository: string,
  sha: CommitSha,
  seed: Seed | undefined,
): Promise<FetchedObjects> {
  const shallow = await readShallow(repository);
  return {
    usesCache: seed !== undefined,
    // A tree's zip holds no object but the commit's own, whatever else is in the packs.
    isStale: false,
    received: {
      packs: await listPacks(repository),
      tips: [...new Set([...(seed?.tips ?? []), sha])],
      shallow,
    },
    rewrite: () => {
      const place = { folder: repository, base: `${repository}.rewritten` };
      return rewriteObjects(context, place, { tips: [sha], shallow: shallow.filter((line) => line === sha) });
    },
  };
}
