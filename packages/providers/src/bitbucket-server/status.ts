import { type CommitStatusState, cutUnits } from '@gitsource/events';
import type { Answered, ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import type { RepositoryPlace } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { hasCommit, requireRepository } from '../require-repository.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/** As Java counts. https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928; of a description unconfirmed. */
const MAX_TEXT = 255;
const MAX_URL = 450;

/** `CANCELLED` is known from version 8.0 on. https://developer.atlassian.com/server/bitbucket/reference/api-changelog/ */
const STATES = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  cancelled: 'CANCELLED',
} as const satisfies Record<CommitStatusState, string>;

/** https://developer.atlassian.com/server/bitbucket/how-tos/updating-build-status-for-commits */
export const status = createStatus({
  server: 'Bitbucket',
  needed: 'an HTTP access token with the permission Repository read',
  pathForm: 'PROJECT/repository, or ~user/repository',
  // Answers of an error are XML for who does not ask for JSON.
  headers: { accept: 'application/json' },
  authorize,
  hasCredentials,
  locate: locateRest,
  showsRunning: () => false,
  publish,
});

/** Statuses of old servers are beside the rest of the API, not below it. */
function locateRest(connection: ApiConnection, pathParts: readonly string[]): RepositoryPlace | undefined {
  const place = locate(connection, pathParts);
  return place && { ...place, apiUrl: place.apiUrl.replace(/\/api\/latest$/, '') };
}

async function publish(session: ApiSession, wanted: WantedStatus): Promise<StatusOutcome | StatusProblem> {
  const { place, refused, send } = session;
  const body = bodyOf(place, wanted);
  const { key: parent } = body;
  const { ref, sha } = wanted;
  // What a merge check asks for is named by `parent`.
  const full = { ...body, parent, ...(ref !== undefined && { ref: ref.text }) };
  const url = `${place.repositoryUrl}/commits/${sha}/builds`;
  const answer = await sendBuild(send, url, full);
  if (answer.status === 400) throw refused(answer);
  if (answer.status !== 404) return 'published';
  await requireRepository(session);
  if (!(await hasCommit(session, sha))) return 'commit-missing';
  // Before version 7.4 there is only this one, which knows no repository: a status is one of the commit, wherever it is.
  const oldAnswer = await sendBuild(send, `${place.apiUrl}/build-status/1.0/commits/${sha}`, body);
  if (oldAnswer.status === 400) throw refused(oldAnswer);
  return oldAnswer.status === 404 ? 'not-found' : 'published';
}

function bodyOf({ repositoryUrl }: RepositoryPlace, { context, description, sha, state, targetUrl }: WantedStatus) {
  // It has to have one; the commit's own page is no worse than none.
  const ownPage = `${repositoryUrl.replace('/rest/api/latest/', '/')}/commits/${sha}`;
  return {
    key: statusKey(context, MAX_TEXT),
    state: STATES[state],
    name: cutUnits(context, MAX_TEXT),
    description: cutUnits(description, MAX_TEXT),
    url: targetUrl !== undefined && targetUrl.length <= MAX_URL ? targetUrl : ownPage,
  };
}

/** Where a server does not know that something was cancelled, it did not succeed. */
async function sendBuild(send: ApiSession['send'], url: string, body: { readonly state: string }): Promise<Answered> {
  const answer = await send({ method: 'POST', url, body, expected: [400] });
  if (answer.status !== 400 || body.state !== STATES.cancelled) return answer;
  return send({ method: 'POST', url, body: { ...body, state: STATES.failure }, expected: [400] });
}
