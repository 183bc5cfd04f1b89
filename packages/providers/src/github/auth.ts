import { createOutgoingFetch, type GithubApp } from '@gitsource/runtime';
import type * as z from 'zod/mini';
import type { Authorization, AuthorizationRequest } from '../authorization.ts';
import { ProvidersError } from '../errors.ts';
import { type Answer, type Asked, refusedAnswer, unauthorized } from '../refused-answer.ts';
import { encodeParts } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { forgetToken, type IssuedToken, readToken, tokenKey } from '../token-cache.ts';
import * as schema from './api-schema.ts';
import { createAppJwt } from './app-jwt.ts';

/** Pinned, as a later version may answer otherwise. https://docs.github.com/rest/about-the-rest-api/api-versions */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } as const;

const NEEDED = 'the app installed on this repository, with the permission Contents (read)';

export function hasCredentials({ githubApp, password }: ApiConnection): boolean {
  return githubApp !== undefined || password !== undefined;
}

/**
 * The connection's token, or one that its app gets for this repository alone, to read contents, for an hour.
 * https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
 */
export async function authorize(request: AuthorizationRequest): Promise<Authorization> {
  const { apiUrl, connection, nowMs, pathParts } = request;
  const { githubApp: app, password } = connection;
  if (app === undefined) return { headers: password === undefined ? {} : { authorization: `Bearer ${password}` } };
  const key = tokenKey([apiUrl, app.appId, app.installationId, app.privateKey, ...pathParts]);
  const issued = await readToken(key, nowMs, () => issue(request, app));
  return { headers: { authorization: `Bearer ${issued.token}` }, forget: () => forgetToken(key, issued) };
}

async function issue(
  { apiUrl, connection, nowMs, pathParts }: AuthorizationRequest,
  app: GithubApp,
): Promise<IssuedToken> {
  const { caCertificate } = connection;
  const send = createOutgoingFetch({ baseUrl: apiUrl, ...(caCertificate !== undefined && { caCertificate }) });
  const headers = { ...HEADERS, authorization: `Bearer ${createAppJwt(app, nowMs)}` };
  const repositoryPath = pathParts.join('/');
  const asked: Asked = {
    server: 'GitHub',
    repositoryPath,
    secret: connection.name,
    hasCredentials: true,
    needed: NEEDED,
  };
  const read = async <Shape extends z.ZodMiniType>(answer: Response, status: number, shape: Shape) => {
    // 404: not installed there. 422: installed, without the permission or the repository that is asked for.
    if (answer.status === 404 || answer.status === 422) throw unauthorized(asked, answer.status);
    if (answer.status !== status) throw refusedAnswer(asked, answer satisfies Answer, nowMs);
    const result = shape.safeParse(await answer.json().catch(() => undefined));
    if (result.success) return result.data;
    throw new ProvidersError(
      'providers/answer-unexpected',
      `GitHub gave the app of ${connection.name} no token. Check "apiUrl".`,
    );
  };
  const installationUrl = `${apiUrl}/repos/${encodeParts(repositoryPath)}/installation`;
  const id = app.installationId ?? (await read(await send(installationUrl, { headers }), 200, schema.installation)).id;
  const body = JSON.stringify({ repositories: pathParts.slice(-1), permissions: { contents: 'read' } });
  const tokensUrl = `${apiUrl}/app/installations/${encodeURIComponent(id)}/access_tokens`;
  const answer = await send(tokensUrl, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  const { expires_at: expiresAt, token } = await read(answer, 201, schema.installationToken);
  return { token, expiresAtMs: Date.parse(expiresAt) || nowMs };
}
