import type { CommitSha, GitUrl } from '@gitsource/events';
import { movedError } from '@gitsource/git';
import { findPin, type Session } from '@gitsource/pack';
import type { ChosenCommit } from './choose-way.ts';
import type { Ports } from './ports.ts';

/** Looks for a pin where there is one; `why` where only git can find it. Throws `git/commit-not-on-ref`. */
export async function findCommit(
  { log, workFolder: spoolFolder }: Pick<Ports, 'log' | 'workFolder'>,
  { session, remote }: { readonly session: Session; readonly remote: GitUrl },
  chosen: ChosenCommit,
): Promise<{ readonly refName: string; readonly sha: CommitSha } | { readonly why: string; readonly isOfPin: true }> {
  if (!('pin' in chosen)) return chosen;
  const { refName, tip, pin } = chosen;
  const found = await log.step(
    () => findPin(session, tip, pin, { spoolFolder }),
    ({ kind }) => `Looked for the pinned commit in the history of ${refName}: ${kind}`,
  );
  if (found.kind === 'on-ref') return { refName, sha: found.sha };
  if (found.kind === 'unknown') return { why: found.why, isOfPin: true };
  throw movedError(remote, refName, pin);
}
