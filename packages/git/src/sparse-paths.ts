import type { CommitSha } from '@gitsource/events';
import { GitError } from './errors.ts';
import { type Connection, fetchBlobs } from './fetch-objects.ts';
import type { GitContext } from './git-process.ts';
import { listTree } from './read-tree.ts';

/** `./services/api/` and `/services/api` are `services/api`. */
export function parsePaths(paths: readonly string[]): string[] {
  return paths
    .map((path) =>
      path
        .trim()
        .replace(/^(?:\.?\/)+/, '')
        .replace(/\/+$/, ''),
    )
    .filter((path) => path !== '' && path !== '.');
}

/** Fetches the contents at and below the paths, and nothing else, after a fetch with `blob:none`. */
export async function fetchPaths(
  connection: Connection,
  folder: string,
  sha: CommitSha,
  paths: readonly string[],
): Promise<void> {
  await fetchBlobs(connection, folder, await expectPaths(connection.context, folder, sha, paths));
}

/**
 * The SHAs of the contents at and below the paths, of `.gitmodules`, and of the attributes that hold there.
 * Errors: `git/path-missing` naming every path that matches nothing.
 */
export async function expectPaths(
  context: GitContext,
  folder: string,
  sha: CommitSha,
  paths: readonly string[],
): Promise<string[]> {
  const outside = paths.filter((path) => path.split('/').some((segment) => segment === '..' || segment === '.'));
  if (outside.length > 0) throw missing(outside, sha);
  const wanted = new Set<string>();
  const found = new Set<string>();
  const asked = [...paths, '.gitmodules', ...attributesAbove(paths)];
  for await (const { path, kind, objectSha } of listTree(context, folder, sha, asked)) {
    if (kind !== 'submodule') wanted.add(objectSha);
    for (const prefix of paths) if (path === prefix || path.startsWith(`${prefix}/`)) found.add(prefix);
  }
  const absent = paths.filter((path) => !found.has(path));
  if (absent.length > 0) throw missing(absent, sha);
  return [...wanted];
}

/** Where the folders above the paths would have their `.gitattributes`. */
export function attributesAbove(paths: readonly string[]): string[] {
  const above = paths.flatMap((path) => path.split('/').map((_, depth, names) => names.slice(0, depth)));
  return [...new Set(above.map((folder) => [...folder, '.gitattributes'].join('/')))];
}

/** Lines of `.git/info/sparse-checkout` that match exactly these paths. */
export function sparseCheckoutPatterns(paths: readonly string[]): string {
  return paths.map((path) => `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}\n`).join('');
}

function missing(paths: readonly string[], sha: string): GitError {
  const list = paths.map((path) => JSON.stringify(path)).join(', ');
  const remedy =
    'Correct Paths; they are folders or files from the top of the repository, with the same upper and lower case.';
  return new GitError('git/path-missing', `The commit ${sha} has nothing at ${list}. ${remedy}`);
}
