import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CommitSha, isCommitSha } from '@gitsource/events';
import { GitError, type GitErrorCode } from './errors.ts';
import { createBareRepository } from './fetch-objects.ts';
import { type GitContext, runGit, startGit } from './git-process.ts';
import type { CachedObjects, ObjectCache } from './object-cache.ts';

/** Cached objects in a repository of their own, checked. */
export interface Seed {
  readonly gitFolder: string;
  readonly tips: readonly string[];
  readonly shallow: readonly string[];
}

const CACHED_REFS = 'refs/gitsource/cached';
/** What a server or git says where objects that it was told of do not fit; anything else would fail without them too. */
const MAY_BE_THE_CACHE: readonly string[] = [
  'git/failed',
  'git/commit-not-on-ref',
  'git/connection-lost',
  'git/disk-full',
  'git/server-error',
  'git/timeout',
] satisfies readonly GitErrorCode[];

interface CachedFetch {
  readonly context: GitContext;
  readonly folder: string;
  readonly sha: CommitSha;
  /** Where commits without their parents are taken, as in a tree's cache. In a clone's they would hide history. */
  readonly allowsShallow: boolean;
  readonly cache: ObjectCache | undefined;
}

/**
 * Fetches on top of the cached objects, or without them where there are none, they are not usable, or the fetch fails with
 * them. `fetchObjects` starts from nothing in `folder` each time.
 */
export async function fetchWithCache<T>(
  { context, folder, cache, ...wanted }: CachedFetch,
  fetchObjects: (seed: Seed | undefined) => Promise<T>,
): Promise<T> {
  const gitFolder = `${folder}.cached`;
  const seed = cache && (await loadSeed(context, gitFolder, wanted, cache));
  if (seed === undefined) return fetchObjects(undefined);
  try {
    return await fetchObjects(seed);
  } catch (error) {
    if (!(error instanceof GitError) || !MAY_BE_THE_CACHE.includes(error.code)) throw error;
    cache?.dropped(`the fetch with it failed: ${error.message}`);
    for (const name of [folder, gitFolder]) await rm(name, { recursive: true, force: true });
    return fetchObjects(undefined);
  }
}

async function loadSeed(
  context: GitContext,
  gitFolder: string,
  { sha, allowsShallow }: Pick<CachedFetch, 'sha' | 'allowsShallow'>,
  cache: ObjectCache,
): Promise<Seed | undefined> {
  try {
    const cached = await cache.load();
    if (cached === undefined) return undefined;
    expectShas(cached, sha.length);
    if (!allowsShallow && cached.shallow.length > 0) throw new GitError('git/failed', 'its history is not whole');
    await createBareRepository(context, gitFolder, sha);
    await indexAll(context, gitFolder, cached.packs);
    await writeShallow(gitFolder, cached.shallow);
    await expectConnected(context, gitFolder, cached.tips);
    return { gitFolder, tips: cached.tips, shallow: cached.shallow };
  } catch (error) {
    if (context.signal?.aborted === true) throw error;
    cache.dropped(error instanceof Error ? error.message : String(error));
    await rm(gitFolder, { recursive: true, force: true });
    return undefined;
  }
}

function expectShas({ tips, shallow }: CachedObjects, length: number): void {
  const wrong = [...tips, ...shallow].find((sha) => !isCommitSha(sha) || sha.length !== length);
  if (wrong !== undefined) throw new GitError('git/failed', `it names ${JSON.stringify(wrong.slice(0, 80))} as a SHA`);
}

/** Ends when all have ended, so that the folder can be removed. */
async function indexAll(context: GitContext, gitFolder: string, packs: CachedObjects['packs']): Promise<void> {
  const all = await Promise.allSettled(packs.map((pack) => indexPack(context, gitFolder, pack())));
  const failed = all.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Git computes the SHA of every object anew, so a pack cannot hold anything but what its SHAs say. */
async function indexPack(context: GitContext, gitFolder: string, pack: AsyncIterable<Uint8Array>): Promise<void> {
  const git = startGit(context, ['index-pack', '--stdin'], gitFolder, 'timed');
  git.stdout.resume();
  // Where the pack breaks off, git only sees that it ends: why, the source knows. Where git refuses it, git says why.
  let failure: unknown;
  async function* read() {
    try {
      yield* pack;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  async function* chunks() {
    for await (const chunk of read()) {
      git.refresh();
      yield chunk;
    }
  }
  // Not awaited: it ends with the process, and a source that hangs must not outlive it.
  pipeline(Readable.from(chunks(), { objectMode: false }), git.stdin).catch(() => git.kill());
  const { exitCode, stderr } = await git.finished;
  if (exitCode === 0) return;
  const reason = failure instanceof Error ? String(failure) : (stderr.trim().split('\n').at(-1) ?? '');
  throw new GitError('git/failed', `a pack cannot be read (${reason.slice(0, 300)})`, { cause: failure });
}

/** Everything that the tips lead to is there: the check that git makes after a fetch. */
async function expectConnected(context: GitContext, gitFolder: string, tips: readonly string[]): Promise<void> {
  const args = ['rev-list', '--objects', '--quiet', '--stdin'];
  const { exitCode, stderr } = await runGit(context, args, { folder: gitFolder, input: `${tips.join('\n')}\n` });
  if (exitCode !== 0) throw new GitError('git/failed', `objects are missing (${stderr.trim().slice(0, 300)})`);
}

async function writeShallow(gitFolder: string, shallow: readonly string[]): Promise<void> {
  if (shallow.length > 0) await writeFile(join(gitFolder, 'shallow'), `${shallow.join('\n')}\n`);
}

export async function readShallow(gitFolder: string): Promise<string[]> {
  const text = await readFile(join(gitFolder, 'shallow'), 'latin1').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Lets a new repository see the cached objects, and tell the server of them. */
export async function borrowSeed(context: GitContext, gitFolder: string, seed: Seed): Promise<void> {
  const objects = join(gitFolder, 'objects');
  await mkdir(join(objects, 'info'), { recursive: true });
  await writeFile(alternatesOf(gitFolder), `${relative(objects, join(seed.gitFolder, 'objects'))}\n`);
  await writeShallow(gitFolder, seed.shallow);
  await updateRefs(context, gitFolder, seed, (sha, index) => `create ${CACHED_REFS}/${index} ${sha}\n`);
}

/** The refs of {@link borrowSeed} again, once the server was told of them. */
export async function forgetSeed(context: GitContext, gitFolder: string, seed: Seed): Promise<void> {
  await updateRefs(context, gitFolder, seed, (_, index) => `delete ${CACHED_REFS}/${index}\n`);
}

async function updateRefs(
  context: GitContext,
  gitFolder: string,
  { tips }: Seed,
  line: (sha: string, index: number) => string,
): Promise<void> {
  const input = tips.map(line).join('');
  const { exitCode, stderr } = await runGit(context, ['update-ref', '--stdin'], { folder: gitFolder, input });
  if (exitCode !== 0) throw new GitError('git/failed', `The cached refs cannot be set: ${stderr.trim().slice(0, 300)}`);
}

/** Makes the cached packs the repository's own, so that it stands alone. */
export async function keepSeed(gitFolder: string, seed: Seed): Promise<void> {
  const from = join(seed.gitFolder, 'objects/pack');
  for (const name of await readdir(from)) await link(join(from, name), join(gitFolder, 'objects/pack', name));
  await rm(alternatesOf(gitFolder));
}

/** Copies what is reachable from the cached packs, and leaves the rest of them behind. */
export async function extractSeed(context: GitContext, gitFolder: string): Promise<void> {
  const { exitCode, stderr } = await runGit(context, ['repack', '-a', '-d', '-q'], { folder: gitFolder });
  if (exitCode !== 0) throw new GitError('git/failed', `The clone cannot be packed: ${stderr.trim().slice(0, 300)}`);
  await rm(alternatesOf(gitFolder));
}

function alternatesOf(gitFolder: string): string {
  return join(gitFolder, 'objects/info/alternates');
}
