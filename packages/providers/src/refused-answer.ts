import { readRetryAfter } from '@gitsource/runtime';
import { ProvidersError } from './errors.ts';

/** As much of an answer as says why there is nothing. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Its body, where it was read: to recognise it by, never to be shown. */
  readonly said?: string;
}

/** What is wanted of the server, for messages. */
export interface Purpose {
  /** Completes "does not let anybody": `read`, `show statuses on`. */
  readonly action: string;
  /** What else helps where requests are limited: `fetching by git is not limited in this way`. */
  readonly instead?: string;
}

/** What messages say about a request. */
export interface Asked extends Purpose {
  /** `GitHub` */
  readonly server: string;
  /** `acme/shop` */
  readonly repositoryPath: string;
  /** Name of the connection's secret. */
  readonly secret: string;
  /** Whether it has credentials that this provider's API takes. */
  readonly hasCredentials: boolean;
  /** What a token must be allowed to do: `the scope read_api`. */
  readonly needed: string;
}

/** An answer that is no success and no 404, as an error. */
export function refusedAnswer(asked: Asked, answer: Answer, nowMs: number): ProvidersError {
  const { status } = answer;
  const what = `${asked.server} answered ${status} for ${asked.repositoryPath}`;
  if (isRateLimit(answer)) return rateLimited(asked, answer, nowMs);
  if (status === 401 || status === 403 || status === SIGN_IN_STATUS) return unauthorized(asked, status);
  if (PASSING.has(status) || status >= 500) {
    return new ProvidersError('providers/unavailable', `${what}. Try again later.`);
  }
  const advice =
    'Check "provider", "host" and "apiUrl" of the connection; if they are right, report the server\'s version';
  return new ProvidersError('providers/answer-unexpected', `${what}, which it should not. ${advice}.`);
}

/** Not ready yet; at odds with another request under way, as GitLab is with two for one commit. */
const PASSING = new Set([202, 409]);

/** A page to sign in, which Azure DevOps gives for a wrong token (second hand; public clients check for it). */
const SIGN_IN_STATUS = 203;

export function unauthorized(asked: Asked, status: number): ProvidersError {
  const { action, hasCredentials, needed, repositoryPath, secret, server } = asked;
  const problem = hasCredentials
    ? `${server} refused the credentials of the secret ${secret} for ${repositoryPath} (${status}): they are wrong, expired, or lack a right`
    : `${server} does not let anybody ${action} ${repositoryPath} without credentials (${status}), and the secret ${secret} has none for its API`;
  return new ProvidersError('providers/unauthorized', `${problem}. Needed: ${needed}.`);
}

/** For a 404 of the repository itself. */
export function repositoryMissing({ hasCredentials, needed, repositoryPath, secret, server }: Asked): ProvidersError {
  const view = hasCredentials ? `the credentials of the secret ${secret} may not see it` : 'it is not public';
  return new ProvidersError(
    'providers/repository-missing',
    `${server} shows no repository ${repositoryPath}: there is none, or ${view}. Correct the path, or give what is needed: ${needed}.`,
  );
}

/** GitHub limits with 403, too. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isRateLimit({ status, headers, said = '' }: Answer): boolean {
  if (status !== 403) return status === 429;
  return headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || SECONDARY_LIMIT.test(said);
}

/** It may come without a header; then a minute is to be waited at least. */
const SECONDARY_LIMIT = /secondary rate limit/i;
const SECONDARY_WAIT_MS = 60_000;

function rateLimited(asked: Asked, answer: Answer, nowMs: number): ProvidersError {
  const { instead, repositoryPath, server } = asked;
  const retryAfterMs = waitOf(answer, nowMs);
  const isLater = retryAfterMs !== undefined && retryAfterMs > 0;
  const when = isLater ? `in ${Math.ceil(retryAfterMs / 1000)} s` : 'later';
  const advice = instead === undefined ? `Try again ${when}` : `Try again ${when}; ${instead}`;
  return new ProvidersError(
    'providers/rate-limited',
    `${server} answered ${answer.status} for ${repositoryPath}: more requests than it allows. ${advice}.`,
    isLater ? { retryAfterMs } : {},
  );
}

function waitOf({ headers, said = '' }: Answer, nowMs: number): number | undefined {
  const askedMs = readRetryAfter(headers, nowMs);
  if (askedMs !== undefined) return askedMs;
  if (SECONDARY_LIMIT.test(said) && headers.get('x-ratelimit-remaining') !== '0') return SECONDARY_WAIT_MS;
  // GitHub's and Gitea's name, and GitLab's; in seconds since 1970.
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset');
  return reset === null ? undefined : Number(reset) * 1000 - nowMs;
}
