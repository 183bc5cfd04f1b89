import { ParseError, shown } from './errors.ts';
import type { GitEvent } from './git-event.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** As much of an event as says where its zip is kept. */
export type StoredRef = {
  readonly repository: Pick<GitEvent['repository'], 'path'>;
  readonly refType: GitEvent['refType'];
  readonly refName: string;
};

/**
 * Key of a ref's zip in the output bucket: `team/app/main/team_app.zip`, of a tag `team/app/tags/v1/team_app.zip`.
 * A branch whose name would look like a tag's keeps its own place: `tags/v1` is at `team/app/heads/tags/v1/team_app.zip`.
 * Throws `events/ref-invalid` where the key would be too long.
 */
export function objectKeyOf({ repository, refType, refName }: StoredRef): string {
  const file = `${repository.path.replaceAll('/', '_')}.zip`;
  const key = `${repository.path}/${folderOf(refType, refName)}/${file}`;
  if (new TextEncoder().encode(key).length <= MAX_KEY_BYTES) return key;
  throw new ParseError(
    'events/ref-invalid',
    `The ref ${shown(refName)} of ${shown(repository.path)} is too long for a key in S3 (${MAX_KEY_BYTES} bytes). Rename it.`,
  );
}

function folderOf(refType: StoredRef['refType'], refName: string): string {
  if (refType === 'tag') return `tags/${refName}`;
  return /^(?:tags|heads)(?:\/|$)/.test(refName) ? `heads/${refName}` : refName;
}
