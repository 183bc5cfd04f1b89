import { createOutgoingFetch, type OauthConsumer } from '@gitsource/runtime';
import { type Authorization, type AuthorizationRequest, basic } from '../authorization.ts';
import { ProvidersError } from '../errors.ts';
import { refusedAnswer } from '../refused-answer.ts';
import type { ApiConnection } from '../repository-query.ts';
import { forgetToken, type IssuedToken, readToken, tokenKey } from '../token-cache.ts';
import * as schema from './api-schema.ts';
import { siteUrlOf } from './api-url.ts';

/** The user name that Git takes with an access token; the API takes the token alone. */
const ACCESS_TOKEN_USER = 'x-token-auth';
/** As documented; the answer says it, too. */
const DEFAULT_VALID_SECONDS = 7200;

const CONSUMER_NEEDED = 'the key and secret of a private OAuth consumer with the permission Repositories (read)';

export function hasCredentials({ oauth, password }: ApiConnection): boolean {
  return oauth !== undefined || password !== undefined;
}

/**
 * A token that the connection's OAuth consumer gets; else an access token of a repository, project or workspace; else an
 * API token with its owner's e-mail address as the user name.
 * https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
 */
export async function authorize(request: AuthorizationRequest): Promise<Authorization> {
  const { connection, nowMs } = request;
  const { oauth, password, username } = connection;
  if (oauth !== undefined) {
    const key = tokenKey([siteUrlOf(connection), oauth.key, oauth.secret]);
    const issued = await readToken(key, nowMs, () => issue(request, oauth));
    return { headers: { authorization: `Bearer ${issued.token}` }, forget: () => forgetToken(key, issued) };
  }
  if (password === undefined) return { headers: {} };
  const isAccessToken = username === undefined || username === ACCESS_TOKEN_USER;
  return { headers: { authorization: isAccessToken ? `Bearer ${password}` : basic(username, password) } };
}

/** Client credentials grant, RFC 6749, 4.4: the consumer acts as the workspace that it belongs to. */
async function issue(
  { asked, connection, nowMs }: AuthorizationRequest,
  { key, secret }: OauthConsumer,
): Promise<IssuedToken> {
  const baseUrl = siteUrlOf(connection);
  const { caCertificate } = connection;
  const send = createOutgoingFetch({ baseUrl, ...(caCertificate !== undefined && { caCertificate }) });
  const answer = await send(`${baseUrl}/site/oauth2/access_token`, {
    method: 'POST',
    headers: { authorization: basic(key, secret), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const result = schema.accessToken.safeParse(answer.ok ? await answer.json().catch(() => undefined) : undefined);
  if (result.success) {
    const { access_token: token, expires_in: seconds = DEFAULT_VALID_SECONDS } = result.data;
    return { token, expiresAtMs: nowMs + seconds * 1000 };
  }
  // RFC 6749, 5.2: a wrong consumer may be a 400.
  const { headers, status } = answer;
  if (!answer.ok) {
    throw refusedAnswer(
      { ...asked, needed: CONSUMER_NEEDED },
      { status: status === 400 ? 401 : status, headers },
      nowMs,
    );
  }
  throw new ProvidersError(
    'providers/answer-unexpected',
    `Bitbucket gave the OAuth consumer of ${connection.name} no token. Check "host" of the connection.`,
  );
}
