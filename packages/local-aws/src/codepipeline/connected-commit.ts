import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from '@gitsource/local-git';
import { collectFiles } from '../codebuild/collect-files.ts';
import { zipFiles } from '../codebuild/zip-files.ts';

export interface ConnectedCommit {
  readonly commitId: string;
  /** `2026-01-31T08:15:00Z` */
  readonly authorDate: string;
  readonly message: string;
}

/** The newest commit of a branch of a bare repository, by its very name: `main~1` is none. Undefined where there is none. */
export async function readBranch(folder: string, branch: string): Promise<ConnectedCommit | undefined> {
  const args = ['show-ref', '--verify', '--hash', '--', `refs/heads/${branch}`];
  const sha = await runGit(folder, args).catch(() => undefined);
  return sha === undefined ? undefined : readCommit(folder, sha);
}

/** The commit that a SHA names, or the annotated tag of that SHA; undefined where there is none. */
export async function readCommit(folder: string, sha: string): Promise<ConnectedCommit | undefined> {
  const format = '--format=%H%x00%at%x00%B';
  const args = ['log', '-1', '--no-show-signature', format, '--end-of-options', `${sha}^{commit}`, '--'];
  const text = await runGit(folder, args).catch(() => undefined);
  if (text === undefined) return undefined;
  const [commitId = '', seconds = '', message = ''] = text.split('\0');
  const authorDate = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
  return { commitId, authorDate, message: message.trim() };
}

/** Paths that differ between two commits; without a `before` (a new branch), those that the commit itself changed. */
export async function changedPaths(folder: string, before: string | undefined, after: string): Promise<string[]> {
  const args =
    before === undefined
      ? ['diff-tree', '-r', '-m', '--first-parent', '--root', '--no-commit-id', '--name-only', '-z', after]
      : ['diff', '--name-only', '--no-renames', '-z', before, after, '--'];
  const text = await runGit(folder, args).catch(() => '');
  return text.split('\0').filter((path) => path !== '');
}

/** Where the histories of two commits parted. */
export async function mergeBase(folder: string, one: string, other: string): Promise<string | undefined> {
  const found = await runGit(folder, ['merge-base', one, other]).catch(() => '');
  return found === '' ? undefined : found;
}

/**
 * The zip that `CODE_ZIP` gives: one commit's tree without `.git`. A symlink becomes a file that holds its target
 * (https://github.com/aws/aws-cdk/issues/14520), a submodule an absent folder, an LFS file its pointer.
 */
export async function zipCommit(folder: string, commitId: string): Promise<Buffer> {
  const scratch = await mkdtemp(join(tmpdir(), 'connected-commit-'));
  try {
    const environment = { GIT_INDEX_FILE: join(scratch, 'index') };
    const tree = join(scratch, 'tree');
    const options = ['-c', 'core.symlinks=false', '-c', 'core.bare=false', `--git-dir=${folder}`];
    await runGit(scratch, [...options, 'read-tree', commitId], { environment });
    await mkdir(tree);
    await runGit(tree, [...options, `--work-tree=${tree}`, 'checkout-index', '--all', '--force'], { environment });
    return await zipFiles(await collectFiles(tree, { files: ['**/*'] }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
