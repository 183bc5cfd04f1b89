import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import type { ApiConnection } from '../repository-query.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import { authorizeFor, HEADERS, hasCredentials } from './auth.ts';
import { publishCheckRun } from './check-run.ts';
import { locate } from './locate.ts';

/** More is a 422, `Description is too long (maximum is 140 characters)`; the documentation does not say it. */
const MAX_DESCRIPTION = 140;
/** As of a database column (unconfirmed). */
const MAX_CONTEXT = 255;

const STATES = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  cancelled: 'error',
} as const satisfies Record<CommitStatusState, string>;

/**
 * https://docs.github.com/rest/commits/statuses#create-a-commit-status, or check runs, where the connection's app is to show those.
 */
export const status = createStatus({
  server: 'GitHub',
  needed:
    'a token with the scope repo:status, or a fine-grained one or an app with the repository permission Commit statuses (read and write), or with githubApp.checks an app with Checks (read and write), for this repository, of a user who may write to it',
  pathForm: 'owner/name',
  headers: HEADERS,
  authorize: authorizeFor(({ checks = false }) => (checks ? 'checks' : 'statuses')),
  hasCredentials,
  locate,
  showsRunning: usesChecks,
  publish: (session, request) =>
    usesChecks(request.connection) ? publishCheckRun(session, request) : publishStatus(session, request),
});

function usesChecks({ githubApp }: ApiConnection): boolean {
  return githubApp?.checks === true;
}

async function publishStatus(session: ApiSession, request: WantedStatus): Promise<StatusOutcome | StatusProblem> {
  const answer = await session.send({
    method: 'POST',
    url: `${session.place.repositoryUrl}/statuses/${request.sha}`,
    body: {
      state: STATES[request.state],
      context: statusKey(request.context, MAX_CONTEXT),
      description: cutCharacters(request.description, MAX_DESCRIPTION),
      target_url: request.targetUrl,
    },
    expected: [422],
  });
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 422) return 'published';
  if (/No commit found for SHA/i.test(answer.said)) return 'commit-missing';
  // After 1,000 of one context on one commit.
  if (/reached the maximum number of statuses/i.test(answer.said)) return 'full';
  throw session.refused(answer);
}
