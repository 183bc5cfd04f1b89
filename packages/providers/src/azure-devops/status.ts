import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import { hasCommit } from '../require-repository.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import { authorize, hasCredentials } from './auth.ts';
import { HEADERS, locate } from './locate.ts';

/** No limit is documented; a public client cuts at 256. */
const MAX_TEXT = 255;

const STATES = {
  pending: 'pending',
  running: 'pending',
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'error',
} as const satisfies Record<CommitStatusState, string>;

/** https://learn.microsoft.com/rest/api/azure/devops/git/statuses/create */
export const status = createStatus({
  server: 'Azure DevOps',
  needed:
    'a personal access token with the scopes Code (status) and, to tell what is missing, Code (read), of a user who may contribute to this repository',
  pathForm: 'organization/project/_git/repository',
  headers: HEADERS,
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
    url: `${session.place.repositoryUrl}/commits/${sha}/statuses`,
    body: {
      state: STATES[state],
      description: cutCharacters(description, MAX_TEXT),
      targetUrl,
      context: contextOf(context),
    },
    expected: [400],
  });
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 400) return 'published';
  // Which of the two it answers for a commit that it does not have is unconfirmed.
  if (await hasCommit(session, sha)) throw session.refused(answer);
  return 'commit-missing';
}

/** `codepipeline/app/Build`: the genre is what its settings group by. */
function contextOf(context: string): { readonly genre?: string; readonly name: string } {
  const [, genre, name] = /^([^/]+)\/(.+)$/.exec(context) ?? [];
  if (genre === undefined || name === undefined) return { name: statusKey(context, MAX_TEXT) };
  return { genre: statusKey(genre, MAX_TEXT), name: statusKey(name, MAX_TEXT) };
}
