import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSha, TreeEntry } from '@gitsource/events';
import { classifyFailure } from './classify-failure.ts';
import { GitError } from './errors.ts';
import { type Connection, mustRun } from './fetch-objects.ts';
import { runGit } from './git-process.ts';

/** Pointers are shorter; https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const MAX_POINTER_BYTES = 1024;
const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n$/;

/**
 * Downloads the contents that the commit's pointer files stand for, with the `git-lfs` program.
 * Errors: `git/lfs-missing`, `git/lfs-failed`.
 */
export async function fetchLfs(
  connection: Connection,
  repository: string,
  sha: CommitSha,
  paths: readonly string[],
): Promise<void> {
  const { context, remote, secrets } = connection;
  const version = await runGit(context, ['lfs', 'version']);
  if (version.exitCode !== 0) {
    const remedy = 'Install git-lfs, or set GitLfs to false.';
    throw new GitError('git/lfs-missing', `GitLfs is true, and this machine has no "git lfs". ${remedy}`);
  }
  const include = paths.length === 0 ? [] : ['--include', paths.flatMap((path) => [path, `${path}/**`]).join(',')];
  const settings = ['-c', `remote.origin.url=${remote.text}`, '-c', 'lfs.concurrenttransfers=8'];
  const result = await runGit(context, [...settings, 'lfs', 'fetch', ...include, 'origin', sha], {
    folder: repository,
  });
  if (result.exitCode === 0) return;
  const cause = classifyFailure(remote, { ...result, stderr: result.stderr + result.stdout }, secrets);
  const { fault, retryable } = cause;
  throw new GitError('git/lfs-failed', `The LFS contents of ${remote.text} cannot be fetched. ${cause.message}`, {
    fault,
    retryable,
    cause,
  });
}

const FILTERS = {
  clean: 'git-lfs clean -- %f',
  smudge: 'git-lfs smudge -- %f',
  process: 'git-lfs filter-process',
};

/** Lets a clone's own git turn pointers into contents at checkout and see no difference later, where git-lfs is installed. */
export async function configureLfs(connection: Connection, folder: string): Promise<void> {
  for (const [name, command] of Object.entries(FILTERS)) {
    await mustRun(connection, ['config', `filter.lfs.${name}`, command], folder);
  }
}

/** The entry with the content its pointer stands for, or an entry like itself when it is no pointer. */
export async function resolvePointer(
  entry: TreeEntry,
  gitFolder: string,
): Promise<{ readonly entry: TreeEntry; readonly isPointer: boolean }> {
  if (entry.kind === 'symlink' || entry.size > MAX_POINTER_BYTES) return { entry, isPointer: false };
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.content()) chunks.push(Uint8Array.from(chunk));
  const small = Buffer.concat(chunks);
  const [, oid, size] = POINTER.exec(small.toString('latin1')) ?? [];
  if (oid === undefined) return { entry: { ...entry, content: () => once(small) }, isPointer: false };
  const file = join(gitFolder, 'lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== Number(size)) {
    const remedy = 'Push it with `git lfs push --all`, or set GitLfs to false.';
    throw new GitError(
      'git/lfs-failed',
      `The server has no LFS content ${oid} for ${JSON.stringify(entry.path)}. ${remedy}`,
    );
  }
  return { entry: { ...entry, size: found.size, content: () => createReadStream(file) }, isPointer: true };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
