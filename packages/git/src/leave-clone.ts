import { join } from 'node:path';
import { ByteReader } from './byte-reader.ts';
import type { Connection } from './fetch-objects.ts';
import { type GitContext, runGit, startGit } from './git-process.ts';
import { type FetchedObjects, listPacks, type ObjectCache } from './object-cache.ts';
import { rewriteObjects } from './rewrite-objects.ts';
import { extractSeed, forgetSeed, keepSeed, readShallow, type Seed } from './seed-objects.ts';

/** Each is a ref to set and a line to tell; a repository with more of them is fetched without a cache. */
const MAX_TIPS = 20_000;

/**
 * Makes a clone that was fetched on top of cached objects stand alone, without objects that the server has no more: what
 * somebody rewrote away must not come back in an artifact. Returns what the next fetch can use.
 */
export async function leaveClone(
  { context }: Connection,
  folder: string,
  cache: ObjectCache | undefined,
  seed: Seed | undefined,
): Promise<FetchedObjects | undefined> {
  if (cache === undefined) return undefined;
  const gitFolder = join(folder, '.git');
  if (seed !== undefined) await forgetSeed(context, gitFolder, seed);
  const packs = await listPacks(gitFolder);
  const tips = await listTips(context, gitFolder);
  const isStale = seed !== undefined && (await leadsElsewhere(context, gitFolder, seed.tips));
  if (seed !== undefined) await (isStale ? extractSeed(context, gitFolder) : keepSeed(gitFolder, seed));
  const shallow = await readShallow(gitFolder);
  if (tips.length > MAX_TIPS) return undefined;
  return {
    usesCache: seed !== undefined,
    isStale,
    received: { packs, tips, shallow },
    rewrite: () => rewriteObjects(context, { folder: gitFolder, base: `${folder}.rewritten` }, { tips, shallow }),
  };
}

async function listTips(context: GitContext, folder: string): Promise<string[]> {
  const { stdout } = await runGit(context, ['for-each-ref', '--format=%(objectname)'], { folder });
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))];
}

/** Whether the tips of the cache lead to anything that no ref leads to any more. */
async function leadsElsewhere(context: GitContext, folder: string, tips: readonly string[]): Promise<boolean> {
  const git = startGit(context, ['rev-list', '--objects', '--stdin', '--not', '--all'], folder);
  git.stdin.end(`${tips.join('\n')}\n`);
  try {
    const found = await new ByteReader(git.stdout).readUntil(10);
    return found !== undefined || (await git.finished).exitCode !== 0;
  } finally {
    git.kill();
  }
}
