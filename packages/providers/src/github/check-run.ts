import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type * as z from 'zod/mini';
import type { ApiSession } from '../api-session.ts';
import type { StatusProblem, WantedStatus } from '../create-status.ts';
import type { StatusOutcome } from '../status.ts';
import { statusKey } from '../status-key.ts';
import * as schema from './api-schema.ts';

/** No limit is documented for either; the title stands in one line beside the name. */
const MAX_NAME = 255;
const MAX_TITLE = 255;

const STATES = {
  pending: { status: 'queued' },
  running: { status: 'in_progress' },
  success: { status: 'completed', conclusion: 'success' },
  failure: { status: 'completed', conclusion: 'failure' },
  cancelled: { status: 'completed', conclusion: 'cancelled' },
} as const satisfies Record<CommitStatusState, { status: string; conclusion?: string }>;

type CheckRun = z.output<typeof schema.checkRuns>['check_runs'][number];

/**
 * Keeps one check run for a context, found by its name and its `external_id`. One that is complete stays so: what begins again after
 * it is a new one, which takes its place. https://docs.github.com/rest/checks/runs
 */
export async function publishCheckRun(
  session: ApiSession,
  request: WantedStatus,
): Promise<StatusOutcome | StatusProblem> {
  const { place, read, refused, send } = session;
  const { context, description, sha, state, targetUrl } = request;
  const name = statusKey(context, MAX_NAME);
  const externalId = `gitsource:${name}`;
  const wanted = {
    ...STATES[state],
    details_url: targetUrl,
    output: { title: cutCharacters(description, MAX_TITLE), summary: description },
  };
  const query = `check_name=${encodeURIComponent(name)}&filter=latest&per_page=100`;
  // Where the commit or the repository is not there, the answer to the message says so.
  const listed = await read(`${place.repositoryUrl}/commits/${sha}/check-runs?${query}`, schema.checkRuns, [422]);
  const [known] = listed?.check_runs.filter(({ external_id: id }) => id === externalId) ?? [];
  if (known !== undefined && isShown(known, wanted)) return 'unchanged';
  const url = `${place.repositoryUrl}/check-runs`;
  const beginsAgain = known?.status === 'completed' && wanted.status !== 'completed';
  const answer =
    known === undefined || beginsAgain
      ? await send({
          method: 'POST',
          url,
          body: { name, head_sha: sha, external_id: externalId, ...wanted },
          expected: [422],
          onceOnly: true,
        })
      : await send({ method: 'PATCH', url: `${url}/${known.id}`, body: wanted });
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 422) return 'published';
  if (/No commit found for SHA/i.test(answer.said)) return 'commit-missing';
  throw refused(answer);
}

interface WantedRun {
  readonly status: string;
  readonly conclusion?: string;
  readonly details_url: string | undefined;
  readonly output: { readonly title: string };
}

function isShown(known: CheckRun, wanted: WantedRun): boolean {
  return (
    known.status === wanted.status &&
    (known.conclusion ?? undefined) === wanted.conclusion &&
    known.output.title === wanted.output.title &&
    (wanted.details_url === undefined || known.details_url === wanted.details_url)
  );
}
