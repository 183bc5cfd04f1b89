import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commit, CommitSha, GitRef, GitUrl, TreeEntry } from '@gitsource/events';
import type { GitCredentials } from './credentials.ts';
import { GitError } from './errors.ts';
import { type Connection, movedError } from './fetch-objects.ts';
import { fetchTree } from './fetch-tree.ts';
import { cloneFully } from './full-clone.ts';
import type { GitContext } from './git-process.ts';
import { openGitSession } from './git-session.ts';
import { expectUsableGit } from './git-version.ts';
import type { FetchedObjects, ObjectCache } from './object-cache.ts';
import { readCommit } from './read-commit.ts';
import { type EntriesOptions, readEntries } from './read-entries.ts';
import { type ResolvedRef, resolveRef } from './resolve-ref.ts';
import { parsePaths } from './sparse-paths.ts';
import { type FetchedSubmodule, fetchSubmodules } from './submodules.ts';

export interface FetchRequest {
  readonly url: GitUrl;
  /** A short name is a branch before it is a tag. */
  readonly ref: GitRef;
  /** The commit to take instead of the ref's newest, or an annotated tag's object; still reachable from the ref. */
  readonly pinnedCommit?: CommitSha | undefined;
  readonly credentials: GitCredentials;
  /** `full`: all branches, tags and history, and entries that include `.git/`. Default `commit`. */
  readonly history?: 'commit' | 'full' | undefined;
  /** Files of submodules become files of the tree. Default `none`: their folders are left out. */
  readonly submodules?: 'none' | 'direct' | 'recursive' | undefined;
  /** Contents take the place of Git LFS pointer files; needs the `git-lfs` program. Default false. */
  readonly lfs?: boolean | undefined;
  /** Only these folders and files; with history `commit` nothing else is transferred. Default all. */
  readonly paths?: readonly string[] | undefined;
  /** Objects of earlier fetches of this repository with the same history, so that only the difference is transferred. */
  readonly cache?: ObjectCache | undefined;
  /** Exists or is made; everything in it that this fetch writes is removed by `dispose`. */
  readonly workFolder: string;
  /** The outer environment; only PATH, TMPDIR and the proxy variables are used. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<FetchTimeouts> | undefined;
}

export interface FetchTimeouts {
  /** All commands that talk to the server, together. Default 30 minutes. */
  readonly totalMs: number;
  /** Without a byte or a line of progress. Default 2 minutes. */
  readonly idleMs: number;
}

export interface FetchedCommit {
  readonly commit: Commit;
  /** The full ref that the commit was taken from. */
  readonly refName: string;
  /** `refName` as people write it: `main`, `v1`. */
  readonly branchName: string;
  /**
   * The files in tree order, as `git checkout` on Linux writes them; may be called again. Each entry is read, or skipped, before
   * the next is taken.
   */
  readonly entries: (options?: EntriesOptions) => AsyncIterable<TreeEntry>;
  /** For the cache that the request named; absent where the fetch is one that it cannot hold. */
  readonly objects?: FetchedObjects;
  /** Removes everything from disk. */
  readonly dispose: () => Promise<void>;
}

const DEFAULT_TIMEOUTS: FetchTimeouts = { totalMs: 30 * 60_000, idleMs: 2 * 60_000 };

/** Fetches exactly one commit of one ref. Errors: see the package's README; none holds a credential. */
export async function fetchCommit(request: FetchRequest): Promise<FetchedCommit> {
  await mkdir(request.workFolder, { recursive: true });
  const folder = await mkdtemp(join(request.workFolder, 'fetch-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const timeouts = { ...DEFAULT_TIMEOUTS, ...request.timeouts };
    const session = await openGitSession({
      ...request,
      remote: request.url,
      workFolder: folder,
      idleMs: timeouts.idleMs,
    });
    try {
      const context: GitContext = {
        ...timeouts,
        environment: session.environment,
        signal: request.signal,
        deadline: Date.now() + timeouts.totalMs,
      };
      await expectUsableGit(context);
      const connection: Connection = { context, remote: request.url, secrets: session.secrets };
      const { resolved, ...fetched } = await fetchInto(connection, folder, request);
      const branchName = resolved.refName.replace(/^refs\/(?:heads|tags)\//, '');
      return { ...fetched, refName: resolved.refName, branchName, dispose };
    } finally {
      await session.dispose();
    }
  } catch (error) {
    await dispose();
    throw diskError(error, request.workFolder) ?? error;
  }
}

/** Our own files may be the first that do not fit. */
function diskError(error: unknown, folder: string): GitError | undefined {
  const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  if (!isFull) return undefined;
  return new GitError('git/disk-full', `The disk of ${folder} is full. Give the build more storage.`, { cause: error });
}

interface Fetched {
  readonly commit: Commit;
  readonly resolved: ResolvedRef;
  readonly entries: FetchedCommit['entries'];
  readonly objects?: FetchedObjects;
}

async function fetchInto(connection: Connection, folder: string, request: FetchRequest): Promise<Fetched> {
  const { context, remote, secrets } = connection;
  const resolved = await resolveRef(context, remote, request.ref, secrets);
  const wanted = request.pinnedCommit ?? resolved.tip;
  if (wanted.length !== resolved.tip.length) throw movedError(remote, resolved.refName, wanted);
  const paths = parsePaths(request.paths ?? []);
  const lfs = request.lfs === true;
  const isFull = request.history === 'full';
  const repository = join(folder, isFull ? 'clone' : 'repository.git');
  const { cache } = request;
  const isPinned = request.pinnedCommit !== undefined;
  const { sha, objects } = isFull
    ? await cloneFully(connection, repository, resolved, wanted, { isPinned, paths, lfs, cache })
    : await fetchTree(connection, repository, resolved, wanted, { paths, lfs, cache });
  const commit = await readCommit(context, repository, sha);
  const submodules = await submodulesOf(connection, folder, repository, sha, { ...request, paths });
  const tree = { repository, sha, paths, isFull, submodules, lfs };
  return {
    commit,
    resolved,
    entries: (options) => readEntries(context, tree, options),
    ...(objects !== undefined && { objects }),
  };
}

async function submodulesOf(
  { context, remote }: Connection,
  folder: string,
  repository: string,
  sha: CommitSha,
  { submodules = 'none', paths = [], lfs = false, credentials, environment }: FetchRequest,
): Promise<FetchedSubmodule[]> {
  if (submodules === 'none') return [];
  const recursive = submodules === 'recursive';
  return fetchSubmodules({
    remote,
    lfs,
    folder: repository,
    sha,
    paths,
    recursive,
    credentials,
    environment,
    context,
    workFolder: folder,
  });
}
