import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitSha } from '@gitsource/events';
import { GitError } from './errors.ts';
import { type Connection, hasCommit, isReachable, movedError, mustRun } from './fetch-objects.ts';
import { runGit } from './git-process.ts';
import { configureLfs, fetchLfs } from './lfs.ts';
import type { ResolvedRef } from './resolve-ref.ts';
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
}

/**
 * Clones all branches and tags with their history and checks the commit out, on its branch or detached for a tag.
 * `.git` keeps the remote's URL without credentials and no hooks, logs or traces of the fetch.
 */
export async function cloneFully(
  connection: Connection,
  folder: string,
  resolved: ResolvedRef,
  sha: CommitSha,
  { isPinned, paths, lfs }: CloneOptions,
): Promise<void> {
  const { remote } = connection;
  const { refName } = resolved;
  const tracking = refName.startsWith(BRANCH) ? `refs/remotes/origin/${refName.slice(BRANCH.length)}` : refName;
  await mkdir(folder, { recursive: true });
  const format = `--object-format=${sha.length === 64 ? 'sha256' : 'sha1'}`;
  const git: Git = (args) => mustRun(connection, args, folder);
  await git(['init', '--quiet', format, '--template=', '--initial-branch=main', '.']);
  await git(['remote', 'add', 'origin', '--', remote.text]);
  const refspecs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  if (!/^refs\/(?:heads|tags)\//.test(refName)) refspecs.push(`+${refName}:${refName}`);
  await git(['fetch', '--no-write-fetch-head', '--no-recurse-submodules', '--progress', 'origin', ...refspecs]);
  await expectCommit(connection, folder, { refName, tracking, sha, isPinned });
  await pointHead(git, refName, sha);
  if (paths.length > 0) {
    await expectPaths(connection.context, folder, sha, paths);
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

async function expectCommit(
  connection: Connection,
  folder: string,
  wanted: { readonly refName: string; readonly tracking: string; readonly sha: CommitSha; readonly isPinned: boolean },
): Promise<void> {
  const { refName, tracking, sha, isPinned } = wanted;
  if (isPinned && !(await isReachable(connection.context, folder, tracking, sha))) {
    throw movedError(connection.remote, refName, sha);
  }
  if (await hasCommit(connection.context, folder, sha)) return;
  // Rewritten between the question and the fetch: the commit was decided, so it is fetched by its SHA.
  await mustRun(connection, ['fetch', '--no-write-fetch-head', '--progress', 'origin', sha], folder);
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
