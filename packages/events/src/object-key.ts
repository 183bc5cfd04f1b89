import type { GitEvent } from './git-event.ts';

/** As much of an event as says where its zip is kept. */
export type StoredRef = {
  readonly repository: Pick<GitEvent['repository'], 'path'>;
  readonly refType: GitEvent['refType'];
  readonly refName: string;
};

/**
 * Key of a ref's zip in the output bucket: `team/app/main/team_app.zip`, of a tag `team/app/tags/v1/team_app.zip`.
 * A branch whose name would look like a tag's keeps its own place: `tags/v1` is at `team/app/heads/tags/v1/team_app.zip`.
 */
export function objectKeyOf({ repository, refType, refName }: StoredRef): string {
  const file = `${repository.path.replaceAll('/', '_')}.zip`;
  if (refType === 'tag') return `${repository.path}/tags/${refName}/${file}`;
  const folder = /^(?:tags|heads)(?:\/|$)/.test(refName) ? `heads/${refName}` : refName;
  return `${repository.path}/${folder}/${file}`;
}
