import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commit, CommitSha, TreeEntry } from '@gitsource/events';
import type { GitCredentials } from './credentials.ts';
import { type Connection, createBareRepository, expectOnRef, fetchShallow } from './fetch-objects.ts';
import type { GitContext } from './git-process.ts';
import { openGitSession } from './git-session.ts';
import { expectUsableGit } from './git-version.ts';
import { readCommit } from './read-commit.ts';
import { listTree, readBlobs, type TreeRecord } from './read-tree.ts';
import type { Remote } from './remote.ts';
import { resolveRef } from './resolve-ref.ts';

export interface FetchRequest {
  readonly url: Remote;
  /** Branch, tag or full ref. */
  readonly ref: string;
  /** The commit to take instead of the ref's newest; it must still be reachable from the ref. */
  readonly pinnedCommit?: CommitSha | undefined;
  readonly credentials: GitCredentials;
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
  /** The files in tree order; may be called again. Each entry is read, or skipped, before the next is taken. */
  readonly entries: () => AsyncIterable<TreeEntry>;
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
      const fetched = await fetchInto(connection, folder, request);
      return { ...fetched, dispose };
    } finally {
      await session.dispose();
    }
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function fetchInto(
  connection: Connection,
  folder: string,
  request: FetchRequest,
): Promise<Omit<FetchedCommit, 'dispose'>> {
  const { context, remote, secrets } = connection;
  const resolved = await resolveRef(context, remote, request.ref, secrets);
  const sha = request.pinnedCommit ?? resolved.tip;
  await expectOnRef(connection, join(folder, 'history.git'), resolved, sha);
  const repository = join(folder, 'repository.git');
  await createBareRepository(context, repository, sha);
  await fetchShallow(connection, repository, resolved, sha);
  const commit = await readCommit(context, repository, sha);
  return {
    commit,
    refName: resolved.refName,
    branchName: resolved.refName.replace(/^refs\/(?:heads|tags)\//, ''),
    entries: () => readBlobs(context, repository, withoutSubmodules(listTree(context, repository, sha))),
  };
}

async function* withoutSubmodules(records: AsyncIterable<TreeRecord>): AsyncGenerator<TreeRecord> {
  for await (const record of records) if (record.kind !== 'submodule') yield record;
}
