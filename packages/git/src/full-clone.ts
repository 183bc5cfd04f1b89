import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitSha } from '@gitsource/events';
import { GitError } from './errors.ts';
import { type Connection, hasCommit, isReachable, movedError, mustRun, peelInside } from './fetch-objects.ts';
import type { FetchedTreeObjects } from './fetch-tree.ts';
import { runGit } from './git-process.ts';
import { leaveClone } from './leave-clone.ts';
import { configureLfs, fetchLfs } from './lfs.ts';
import type { ObjectCache } from './object-cache.ts';
import type { ResolvedRef } from './resolve-ref.ts';
import { borrowSeed, fetchWithCache, type Seed } from './seed-objects.ts';
import { expectPaths, sparseCheckoutPatterns } from './sparse-paths.ts';

const BRANCH = 'refs/heads/';
/** What git leaves behind that says something of this machine or this fetch. */
const LEFTOVERS = [
  'hooks',
  'logs',
  'branches',
  'description',
  'FETCH_HEAD',
  'ORIG_HEAD',
  'COMMIT_EDITMSG',
  'index.lock',
];

export interface CloneOptions {
  /** The commit was asked for, so it must still be on the ref. */
  readonly isPinned: boolean;
  readonly paths: readonly string[];
  readonly lfs: boolean;
  readonly cache: ObjectCache | undefined;
}

/**
 * Clones all branches and tags with their history and checks the commit out, on its branch or detached for a tag.
 * `.git` keeps the remote's URL without credentials and no hooks, logs or traces of the fetch. Returns the commit that is
 * checked out (`wanted`, or the commit of the annotated tag whose object `wanted` is), and what a cache can keep.
 */
export async function cloneFully(
  connection: Connection,
  folder: string,
  resolved: ResolvedRef,
  wanted: CommitSha,
  { isPinned, paths, lfs, cache }: CloneOptions,
): Promise<FetchedTreeObjects> {
  const { context } = connection;
  const { refName } = resolved;
  const git: Git = (args) => mustRun(connection, args, folder);
  const { sha, objects } = await fetchWithCache(
    { context, folder, sha: wanted, allowsShallow: false, cache },
    async (seed) => {
      await fetchRefs(connection, folder, refName, { wanted, seed });
      const commit = await expectCommit(connection, folder, { refName, wanted, isPinned });
      await pointHead(git, refName, commit);
      return { sha: commit, objects: await leaveClone(connection, folder, cache, seed) };
    },
  );
  if (paths.length > 0) {
    await expectPaths(context, folder, sha, paths);
    await git(['config', 'core.sparseCheckout', 'true']);
    await mkdir(join(folder, '.git/info'), { recursive: true });
    await writeFile(join(folder, '.git/info/sparse-checkout'), sparseCheckoutPatterns(paths));
  }
  if (lfs) {
    await fetchLfs(connection, folder, sha, paths);
    await configureLfs(connection, folder);
  }
  await git(['reset', '--hard', '--quiet']);
  await tidy(connection, folder, refName, sha);
  return { sha, ...(objects !== undefined && { objects }) };
}

async function fetchRefs(
  connection: Connection,
  folder: string,
  refName: string,
  { wanted, seed }: { readonly wanted: CommitSha; readonly seed: Seed | undefined },
): Promise<void> {
  const git: Git = (args) => mustRun(connection, args, folder);
  await mkdir(folder, { recursive: true });
  const format = `--object-format=${wanted.length === 64 ? 'sha256' : 'sha1'}`;
  await git(['init', '--quiet', format, '--template=', '--initial-branch=main', '.']);
  await git(['remote', 'add', 'origin', '--', connection.remote.text]);
  if (seed !== undefined) await borrowSeed(connection.context, join(folder, '.git'), seed);
  const refspecs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  if (!/^refs\/(?:heads|tags)\//.test(refName)) refspecs.push(`+${refName}:${refName}`);
  await git(['fetch', '--no-write-fetch-head', '--no-recurse-submodules', '--progress', 'origin', ...refspecs]);
}

type Git = (args: readonly string[]) => Promise<void>;

/** By plumbing: `git checkout` would read some of the names that a server may hold as options. */
async function pointHead(git: Git, refName: string, sha: CommitSha): Promise<void> {
  if (!refName.startsWith(BRANCH)) {
    await git(['update-ref', '--no-deref', 'HEAD', sha]);
    return;
  }
  const name = refName.slice(BRANCH.length);
  await git(['update-ref', refName, sha]);
  await git(['symbolic-ref', 'HEAD', refName]);
  await git(['config', `branch.${name}.remote`, 'origin']);
  await git(['config', `branch.${name}.merge`, refName]);
}

async function expectCommit(connection: Connection, folder: string, expected: Expected): Promise<CommitSha> {
  const { context, remote } = connection;
  const { refName, wanted, isPinned } = expected;
  const tracking = refName.startsWith(BRANCH) ? `refs/remotes/origin/${refName.slice(BRANCH.length)}` : refName;
  const sha = (await peelInside(context, folder, wanted)) ?? wanted;
  if (isPinned && !(await isReachable(context, folder, tracking, sha))) throw movedError(remote, refName, wanted);
  if (!(await hasCommit(context, folder, sha))) {
    // Rewritten between the question and the fetch: the commit was decided, so it is fetched by its SHA.
    await mustRun(connection, ['fetch', '--no-write-fetch-head', '--progress', 'origin', sha], folder);
  }
  return sha;
}

interface Expected {
  readonly refName: string;
  readonly wanted: CommitSha;
  readonly isPinned: boolean;
}

async function tidy({ context }: Connection, folder: string, refName: string, sha: CommitSha): Promise<void> {
  const packed = await runGit(context, ['pack-refs', '--all'], { folder });
  if (packed.exitCode !== 0) {
    throw new GitError('git/failed', `The refs cannot be packed: ${packed.stderr.trim().slice(0, 300)}`);
  }
  // One ref stays a file: without its `refs` folder, which a zip would drop as empty, a clone is none to git.
  const { stdout } = await runGit(context, ['rev-parse', '--verify', '--quiet', refName], { folder });
  const loose = join(folder, '.git', refName);
  await mkdir(dirname(loose), { recursive: true });
  await writeFile(loose, `${stdout.trim() || sha}\n`);
  for (const name of LEFTOVERS) await rm(join(folder, '.git', name), { recursive: true, force: true });
}
