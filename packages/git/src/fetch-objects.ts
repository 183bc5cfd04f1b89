import { mkdir } from 'node:fs/promises';
import { type CommitSha, type GitUrl, isCommitSha } from '@gitsource/events';
import { ByteReader } from './byte-reader.ts';
import { classifyFailure } from './classify-failure.ts';
import { GitError } from './errors.ts';
import { type GitContext, runGit, startGit } from './git-process.ts';
import { peelTag, type ResolvedRef } from './resolve-ref.ts';

/** A server reached with one set of credentials. */
export interface Connection {
  readonly context: GitContext;
  readonly remote: GitUrl;
  readonly secrets: readonly string[];
}

const FETCH = ['fetch', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--progress'];
/** Servers that give out only what a ref points at (`uploadpack.allowReachableSHA1InWant` off, protocol v0). */
export const REFUSED_SHA = /unadvertised object|not our ref|couldn't find remote ref/i;

/** Makes an empty bare repository for SHAs of this length. */
export async function createBareRepository(context: GitContext, folder: string, sha: CommitSha): Promise<void> {
  await mkdir(folder, { recursive: true });
  const format = sha.length === 64 ? 'sha256' : 'sha1';
  const args = [
    'init',
    '--quiet',
    '--bare',
    `--object-format=${format}`,
    '--template=',
    '--initial-branch=main',
    folder,
  ];
  const { exitCode, stderr } = await runGit(context, args);
  if (exitCode !== 0)
    throw new GitError('git/failed', `No repository can be made in ${folder}: ${stderr.trim().slice(0, 300)}`);
}

export interface ShallowFetch {
  readonly sha: CommitSha;
  /** What to fetch by name where the server gives out no commit by its SHA. */
  readonly fallback: { readonly refspec: string; readonly depth?: 1 };
  /** Leaves contents to a later fetch. */
  readonly filter?: 'blob:none' | undefined;
}

/** Fetches one commit without its history; `false` when the server does not have it any more. */
export async function fetchShallow(connection: Connection, folder: string, fetch: ShallowFetch): Promise<boolean> {
  const { context, remote } = connection;
  const filters = fetch.filter === undefined ? [] : [`--filter=${fetch.filter}`];
  const result = await runGit(context, [...FETCH, ...filters, '--depth=1', '--', remote.text, fetch.sha], { folder });
  if (result.exitCode === 0) return true;
  if (!REFUSED_SHA.test(result.stderr)) throw classifyFailure(remote, result, connection.secrets);
  const depth = fetch.fallback.depth === undefined ? [] : ['--depth=1'];
  await mustRun(connection, [...FETCH, ...depth, '--', remote.text, fetch.fallback.refspec], folder);
  return hasCommit(context, folder, fetch.sha);
}

export async function hasCommit(context: GitContext, folder: string, sha: CommitSha): Promise<boolean> {
  const { exitCode } = await runGit(context, ['cat-file', '-e', `${sha}^{commit}`], { folder });
  return exitCode === 0;
}

/**
 * Makes sure that a commit is still reachable from its ref, from the history's commits alone, and returns it; the SHA of
 * an annotated tag's object gives the tag's commit. Errors: `git/commit-not-on-ref`.
 */
export async function expectOnRef(
  connection: Connection,
  folder: string,
  resolved: ResolvedRef,
  sha: CommitSha,
): Promise<CommitSha> {
  if (sha === resolved.tip || sha === resolved.tagObject) return resolved.tip;
  const { context, remote, secrets } = connection;
  await createBareRepository(context, folder, sha);
  const refspec = `+${resolved.refName}:refs/gitsource/tip`;
  await mustRun(connection, [...FETCH, '--filter=tree:0', '--', remote.text, refspec], folder);
  if (await isReachable(context, folder, 'refs/gitsource/tip', sha)) return sha;
  // Asked last: hardly any pin is a tag, and a repository may have thousands of them.
  const peeled = await peelTag(context, remote, sha, secrets);
  if (peeled !== undefined && (await isReachable(context, folder, 'refs/gitsource/tip', peeled))) return peeled;
  throw movedError(remote, resolved.refName, sha);
}

/** The commit that a SHA stands for in a repository that has it: itself, or what an annotated tag's object leads to. */
export async function peelInside(context: GitContext, folder: string, sha: CommitSha): Promise<CommitSha | undefined> {
  const { stdout } = await runGit(context, ['rev-parse', '--verify', '--quiet', `${sha}^{commit}`], { folder });
  const commit = stdout.trim();
  return isCommitSha(commit) ? commit : undefined;
}

/** Whether a commit is in the history of a ref, without touching an object that is not there. */
export async function isReachable(context: GitContext, folder: string, ref: string, sha: CommitSha): Promise<boolean> {
  const git = startGit(context, ['rev-list', ref, '--'], folder);
  git.stdin.end();
  try {
    const reader = new ByteReader(git.stdout);
    for (let line = await reader.readUntil(10); line !== undefined; line = await reader.readUntil(10)) {
      if (line.toString('latin1') === sha) return true;
    }
    return false;
  } finally {
    git.kill();
  }
}

/** Fetches contents that a filter left out, by their SHAs. */
export async function fetchBlobs(connection: Connection, folder: string, shas: readonly string[]): Promise<void> {
  if (shas.length === 0) return;
  const args = [
    '-c',
    'fetch.negotiationAlgorithm=noop',
    ...FETCH,
    '--filter=blob:none',
    '--stdin',
    '--',
    connection.remote.text,
  ];
  await mustRun(connection, args, folder, `${shas.join('\n')}\n`);
}

export async function mustRun(
  connection: Connection,
  args: readonly string[],
  folder: string,
  input?: string,
): Promise<void> {
  const result = await runGit(connection.context, args, { folder, ...(input === undefined ? {} : { input }) });
  if (result.exitCode !== 0) throw classifyFailure(connection.remote, result, connection.secrets);
}

/** The pinned commit was rewritten away, or was never on the ref. */
export function movedError(remote: GitUrl, refName: string, sha: string): GitError {
  const remedy =
    'It was rewritten away or is of another ref; start the pipeline again for its newest commit, or correct SourceCommit.';
  return new GitError('git/commit-not-on-ref', `The commit ${sha} is not on ${refName} of ${remote.text}. ${remedy}`);
}
