import { type CommitStatusState, cutCharacters } from '@gitsource/events';
import type * as z from 'zod/mini';
import type { Answered, ApiSession } from '../api-session.ts';
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
  { context, description, sha, state, targetUrl }: WantedStatus,
): Promise<StatusOutcome | StatusProblem> {
  const name = statusKey(context, MAX_NAME);
  const identity: Identity = { name, head_sha: sha, external_id: `gitsource:${name}` };
  // Neither may be empty.
  const summary = description === '' ? name : description;
  const wanted: WantedRun = {
    ...STATES[state],
    details_url: targetUrl,
    output: { title: cutCharacters(summary, MAX_TITLE), summary },
  };
  const known = await findRun(session, identity);
  if (known !== undefined && isShown(known, wanted)) return 'unchanged';
  const answer = await sendRun(session, identity, known, wanted);
  if (answer.status === 404) return 'not-found';
  if (answer.status !== 422) return 'published';
  if (/No commit found for SHA/i.test(answer.said)) return 'commit-missing';
  throw session.refused(answer);
}

/** What a run is found by again. */
interface Identity {
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string;
}

interface WantedRun {
  readonly status: string;
  readonly conclusion?: string;
  readonly details_url: string | undefined;
  readonly output: { readonly title: string; readonly summary: string };
}

/** Where the commit or the repository is not there, sending one tells. Other apps may have runs of this name. */
async function findRun({ place, read }: ApiSession, identity: Identity): Promise<CheckRun | undefined> {
  const query = `check_name=${encodeURIComponent(identity.name)}&filter=latest&per_page=100`;
  const url = `${place.repositoryUrl}/commits/${identity.head_sha}/check-runs?${query}`;
  const listed = await read(url, schema.checkRuns, [422]);
  return listed?.check_runs.find(({ external_id: id }) => id === identity.external_id);
}

function sendRun(
  { place, send }: ApiSession,
  identity: Identity,
  known: CheckRun | undefined,
  wanted: WantedRun,
): Promise<Answered> {
  const url = `${place.repositoryUrl}/check-runs`;
  const beginsAgain = known?.status === 'completed' && wanted.status !== 'completed';
  if (known !== undefined && !beginsAgain) return send({ method: 'PATCH', url: `${url}/${known.id}`, body: wanted });
  return send({ method: 'POST', url, body: { ...identity, ...wanted }, expected: [422], onceOnly: true });
}

function isShown(known: CheckRun, wanted: WantedRun): boolean {
  return (
    known.status === wanted.status &&
    (known.conclusion ?? undefined) === wanted.conclusion &&
    known.output.title === wanted.output.title &&
    (wanted.details_url === undefined || known.details_url === wanted.details_url)
  );
}
