import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import { encodeParts } from '../repository-place.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import { siteUrlOf } from './api-url.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/** `Ensure this value has at most 40 characters (it has 48).` https://github.com/buildbot/buildbot/issues/7049 */
const MAX_KEY = 40;
/** https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928; of a description unconfirmed. */
const MAX_TEXT = 255;
const MAX_URL = 450;

const STATES = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  cancelled: 'STOPPED',
} as const satisfies Record<CommitStatusState, string>;

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/ */
export const status = createStatus({
  server: 'Bitbucket',
  needed:
    'an access token with the scope repository, an API token with read:repository:bitbucket and its owner\'s e-mail address as "username", or an OAuth consumer with Repositories (read); only who made a status, or an administrator, may change it',
  pathForm: 'workspace/repository',
  authorize,
  hasCredentials,
  locate,
  showsRunning: () => false,
  publish,
});

async function publish(
  { place, send }: ApiSession,
  { connection, context, description, repositoryPath, sha, state, targetUrl }: WantedStatus,
): Promise<StatusOutcome | StatusProblem> {
  // It has to have one; the commit's own page is no worse than none.
  const ownPage = `${siteUrlOf(connection)}/${encodeParts(repositoryPath)}/commits/${sha}`;
  const answer = await send({
    method: 'POST',
    url: `${place.repositoryUrl}/commit/${sha}/statuses/build`,
    body: {
      key: statusKey(context, MAX_KEY),
      state: STATES[state],
      name: cutCharacters(context, MAX_TEXT),
      description: cutCharacters(description, MAX_TEXT),
      url: targetUrl !== undefined && targetUrl.length <= MAX_URL ? targetUrl : ownPage,
    },
  });
  return answer.status === 404 ? 'not-found' : 'published';
}
