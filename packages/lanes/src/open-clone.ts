import type { CommitSha, GitUrl } from '@gitsource/events';
import { type PackedClone, packClone, type RemoteRef, type Session } from '@gitsource/pack';

/** What a server has to list for a clone. */
export const CLONED_REFS: readonly string[] = ['refs/heads/', 'refs/tags/'];

export interface CommitOfClone {
  /** Everything below `CLONED_REFS`, and the ref itself. */
  readonly listed: readonly RemoteRef[];
  readonly refName: string;
  readonly sha: CommitSha;
}

/** Begins to read a clone of `remote` that has a commit checked out. Throws what `packClone` throws. */
export function openClone(
  session: Session,
  { listed, refName, sha }: CommitOfClone,
  { remote, spoolFolder }: { readonly remote: GitUrl; readonly spoolFolder: string },
): Promise<PackedClone> {
  const head = listed.find(({ name }) => name === refName) ?? { name: refName, sha };
  return packClone(session, { refs: listed, head, sha, url: remote.text }, { spoolFolder });
}
