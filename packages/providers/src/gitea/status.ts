import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import { hasCommit } from '../require-repository.ts';
import type { StatusOutcome } from '../status.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/** It takes any length; more than this nobody reads in a list. */
const MAX_DESCRIPTION = 255;

const STATES = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  cancelled: 'error',
} as const satisfies Record<CommitStatusState, string>;

/** `repoCreateStatus` of https://docs.gitea.com/api/, the same of Forgejo; Gogs has none. */
export const status = createStatus({
  server: 'Gitea',
  needed:
    'an access token with the scope write:repository, of a user who may write to this repository, and a server that has statuses, which Gogs has not',
  pathForm: 'owner/name',
  authorize,
  hasCredentials,
  locate,
  showsRunning: () => false,
  publish,
});

async function publish(session: ApiSession, wanted: WantedStatus): Promise<StatusOutcome | StatusProblem> {
  const { context, description, sha, state, targetUrl } = wanted;
  const answer = await session.send({
    method: 'POST',
    url: `${session.place.repositoryUrl}/statuses/${sha}`,
    body: {
      state: STATES[state],
      context,
      description: cutCharacters(description, MAX_DESCRIPTION),
      target_url: targetUrl,
    },
    expected: [500],
  });
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 500) return 'published';
  // So it answers for a commit that it does not have, as its code shows (`CreateCommitStatus`).
  if (await hasCommit(session, sha)) throw session.refused(answer);
  return 'commit-missing';
}
