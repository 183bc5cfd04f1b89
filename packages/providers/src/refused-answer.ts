import { readRetryAfter } from '@gitsource/runtime';
import { ProvidersError } from './errors.ts';

/** As much of an answer as says why there is nothing. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

/** What messages say about a request. */
export interface Asked {
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
  if (isRateLimit(answer)) return rateLimited(what, answer, nowMs);
  if (status === 401 || status === 403 || status === SIGN_IN_STATUS) return unauthorized(asked, status);
  if (status === 202 || status >= 500) {
    return new ProvidersError('providers/unavailable', `${what}, also when asked again. Try again later.`);
  }
  const advice =
    'Check "provider", "host" and "apiUrl" of the connection; if they are right, report the server\'s version';
  return new ProvidersError('providers/answer-unexpected', `${what}, which it should not. ${advice}.`);
}

/** A page to sign in, which Azure DevOps gives for a wrong token (second hand; public clients check for it). */
const SIGN_IN_STATUS = 203;

export function unauthorized(asked: Asked, status: number): ProvidersError {
  const { hasCredentials, needed, repositoryPath, secret, server } = asked;
  const problem = hasCredentials
    ? `${server} refused the credentials of the secret ${secret} for ${repositoryPath} (${status}): they are wrong, expired, or lack a right`
    : `${server} does not let anybody read ${repositoryPath} without credentials (${status}), and the secret ${secret} has none for its API`;
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
function isRateLimit({ status, headers }: Answer): boolean {
  return (
    status === 429 || (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'))
  );
}

function rateLimited(what: string, { headers }: Answer, nowMs: number): ProvidersError {
  // GitHub's and Gitea's name, and GitLab's; in seconds since 1970.
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN);
  const retryAfterMs = readRetryAfter(headers, nowMs) ?? (Number.isNaN(reset) ? undefined : reset * 1000 - nowMs);
  const isLater = retryAfterMs !== undefined && retryAfterMs > 0;
  const when = isLater ? `in ${Math.ceil(retryAfterMs / 1000)} s` : 'later';
  return new ProvidersError(
    'providers/rate-limited',
    `${what}: more requests than it allows. Try again ${when}; fetching by git is not limited in this way.`,
    isLater ? { retryAfterMs } : {},
  );
}
