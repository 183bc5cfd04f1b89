import { type GitRef, ParseError, parseCommitSha, parseGitRef } from '@gitsource/events';
import { type ApiDialect, connect } from './api-dialect.ts';
import type { ApiSession } from './api-session.ts';
import type { ProvidersError } from './errors.ts';
import { type Purpose, unauthorized } from './refused-answer.ts';
import type { ApiConnection } from './repository-query.ts';
import { commitMissing, hasCommit, requireRepository } from './require-repository.ts';
import type { Status, StatusOutcome, StatusRequest } from './status.ts';

/** What one provider's API does in its own way. */
export interface StatusDialect extends ApiDialect {
  readonly showsRunning: (connection: ApiConnection) => boolean;
  readonly publish: (session: ApiSession, wanted: WantedStatus) => Promise<StatusOutcome | StatusProblem>;
}

/** A request whose texts are of one line and whose URL is one of the web. */
export interface WantedStatus extends Omit<StatusRequest, 'ref'> {
  readonly ref?: GitRef | undefined;
}

/** `not-found`: of repository, commit and right to write, one is not there, and the server does not say which. */
export type StatusProblem = 'commit-missing' | 'not-found';

const PURPOSE: Purpose = { action: 'show statuses on' };

/** Makes a status of a dialect: refusals and diagnosis are the same for all. */
export function createStatus(dialect: StatusDialect): Status {
  return {
    showsRunning: dialect.showsRunning,
    publish: (request) => publish(dialect, request),
  };
}

async function publish(dialect: StatusDialect, request: StatusRequest): Promise<StatusOutcome> {
  const sha = parseCommitSha(request.sha);
  const session = connect(dialect, request, PURPOSE);
  const outcome = await dialect.publish(session, {
    ...request,
    sha,
    context: oneLine(request.context),
    description: oneLine(request.description),
    targetUrl: isWebUrl(request.targetUrl) ? request.targetUrl : undefined,
    ref: request.ref === undefined ? undefined : readFullRef(request.ref),
  });
  if (outcome === 'commit-missing') throw commitMissing(noStatus(session), sha);
  if (outcome === 'not-found') throw await whyNotFound(session, request);
  return outcome;
}

/** Of what may be missing, the right to write is what cannot be asked for. */
async function whyNotFound(session: ApiSession, { sha }: StatusRequest): Promise<ProvidersError> {
  await requireRepository(session);
  return (await hasCommit(session, sha))
    ? unauthorized(session.asked, NOT_FOUND)
    : commitMissing(noStatus(session), sha);
}

const NOT_FOUND = 404;

function noStatus({ asked: { repositoryPath, server } }: ApiSession): string {
  return `${server} shows no status on ${repositoryPath}`;
}

/** Line ends and control characters have no place in a list; a lone half of a character has none in JSON. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ').trim();
}

/** What is no full ref says nothing. */
function readFullRef(text: string): GitRef | undefined {
  try {
    const ref = parseGitRef(text);
    return ref.kind === 'short' ? undefined : ref;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function isWebUrl(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
