import { stat } from 'node:fs/promises';
import { GitError } from './errors.ts';
import { type GitContext, runGit } from './git-process.ts';
import type { StoredObjects } from './object-cache.ts';

/** Packs what some tips lead to, up to the repository's shallow commits, into one file whose name starts with `base`. */
export async function rewriteObjects(
  context: GitContext,
  { folder, base }: { readonly folder: string; readonly base: string },
  { tips, shallow }: Pick<StoredObjects, 'tips' | 'shallow'>,
): Promise<StoredObjects> {
  const args = ['pack-objects', '--revs', '--delta-base-offset', '--quiet', base];
  // The fetch's own time may be over by now.
  const timed = { ...context, deadline: Date.now() + context.totalMs };
  const { exitCode, stdout, stderr } = await runGit(timed, args, { folder, input: `${tips.join('\n')}\n` });
  if (exitCode !== 0) throw new GitError('git/failed', `The objects cannot be packed: ${stderr.trim().slice(0, 300)}`);
  const file = `${base}-${stdout.trim()}.pack`;
  return { packs: [{ file, bytes: (await stat(file)).size }], tips, shallow };
}
