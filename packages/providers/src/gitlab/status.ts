import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { createStatus, type StatusProblem, type WantedStatus } from '../create-status.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/** Of a name, a description and a URL; that of the URL is in GitLab's code, those of the others are unconfirmed. */
const MAX_CHARACTERS = 255;

const STATES = {
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failed',
  cancelled: 'canceled',
} as const satisfies Record<CommitStatusState, string>;

/**
 * https://docs.gitlab.com/api/commits/#set-commit-pipeline-status: shown as a job of an external pipeline. Only a job that is not
 * finished is changed by the next status of its name; after it, a new one begins.
 */
export const status = createStatus({
  server: 'GitLab',
  needed:
    'a personal, project or group access token with the scope api, and at least the role Developer in the project, for a protected branch of somebody who may push or merge there',
  pathForm: 'group/project, with all groups above',
  authorize,
  hasCredentials,
  locate,
  showsRunning: () => true,
  publish,
});

async function publish(
  { place, refused, send }: ApiSession,
  { context, description, ref, sha, state, targetUrl = '' }: WantedStatus,
): Promise<StatusOutcome | StatusProblem> {
  const answer = await send({
    method: 'POST',
    url: `${place.repositoryUrl}/statuses/${sha}`,
    body: {
      state: STATES[state],
      name: statusKey(context, MAX_CHARACTERS),
      description: cutCharacters(description, MAX_CHARACTERS),
      ...(targetUrl !== '' && targetUrl.length <= MAX_CHARACTERS && { target_url: targetUrl }),
      // It takes names of branches and tags.
      ...(ref !== undefined && ref.kind !== 'other' && { ref: ref.shortName }),
    },
    expected: [400],
  });
  // On no branch any more, and so as good as gone.
  if (/404 (?:Commit|References for commit) Not Found/i.test(answer.said)) return 'commit-missing';
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 400) return 'published';
  // `Cannot transition status via :run from :running`: it stands there, or something later does.
  if (/Cannot transition status/i.test(answer.said)) return 'unchanged';
  throw refused(answer);
}
