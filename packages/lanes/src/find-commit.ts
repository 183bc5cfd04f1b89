import type { CommitSha } from '@gitsource/events';
import { findPin, type Session } from '@gitsource/pack';
import type { ChosenCommit } from './choose-way.ts';
import type { Ports } from './ports.ts';

/** Looks for a pin where there is one; `why` where it is not on its ref, which git says better, or only git can tell. */
export async function findCommit(
  { log, workFolder: spoolFolder }: Pick<Ports, 'log' | 'workFolder'>,
  session: Session,
  chosen: ChosenCommit,
): Promise<{ readonly refName: string; readonly sha: CommitSha } | { readonly why: string }> {
  if (!('pin' in chosen)) return chosen;
  const { refName, tip, pin } = chosen;
  const found = await log.step(
    () => findPin(session, tip, pin, { spoolFolder }),
    ({ kind }) => `Looked for the pinned commit in the history of ${refName}: ${kind}`,
  );
  if (found.kind === 'on-ref') return { refName, sha: found.sha };
  return { why: found.kind === 'unknown' ? found.why : `the pinned commit is not on ${refName}` };
}
