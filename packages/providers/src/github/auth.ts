import { createOutgoingFetch, type GithubApp } from '@gitsource/runtime';
import type * as z from 'zod/mini';
import type { AuthorizationRequest, Authorize } from '../authorization.ts';
import { ProvidersError } from '../errors.ts';
import { type Answer, refusedAnswer, unauthorized } from '../refused-answer.ts';
import { encodeParts } from '../repository-place.ts';
import type { ApiConnection } from '../repository-query.ts';
import { forgetToken, type IssuedToken, readToken, tokenKey } from '../token-cache.ts';
import * as schema from './api-schema.ts';
import { createAppJwt } from './app-jwt.ts';

/** Pinned, as a later version may answer otherwise. https://docs.github.com/rest/about-the-rest-api/api-versions */
export const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } as const;

/** What an app's token may do: as asked for, and as its settings show it. */
const PERMISSIONS = {
  checks: { level: 'write', shown: 'Checks (read and write)' },
  contents: { level: 'read', shown: 'Contents (read)' },
  statuses: { level: 'write', shown: 'Commit statuses (read and write)' },
} as const;

export type AppPermission = keyof typeof PERMISSIONS;

export function hasCredentials({ githubApp, password }: ApiConnection): boolean {
  return githubApp !== undefined || password !== undefined;
}

/**
 * The connection's token, or one that its app gets for this repository alone, with one permission, for an hour.
 * https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
 */
export function authorizeFor(permissionOf: (app: GithubApp) => AppPermission): Authorize {
  return async (request) => {
    const { apiUrl, connection, nowMs, pathParts } = request;
    const { githubApp: app, password } = connection;
    if (app === undefined) return { headers: password === undefined ? {} : { authorization: `Bearer ${password}` } };
    const permission = permissionOf(app);
    const key = tokenKey([apiUrl, app.appId, app.installationId, app.privateKey, permission, ...pathParts]);
    const issued = await readToken(key, nowMs, () => issue(request, app, permission));
    return { headers: { authorization: `Bearer ${issued.token}` }, forget: () => forgetToken(key, issued) };
  };
}

async function issue(request: AuthorizationRequest, app: GithubApp, permission: AppPermission): Promise<IssuedToken> {
  const { apiUrl, connection, nowMs, pathParts } = request;
  const { caCertificate } = connection;
  const { level, shown } = PERMISSIONS[permission];
  const send = createOutgoingFetch({ baseUrl: apiUrl, ...(caCertificate !== undefined && { caCertificate }) });
  const headers = { ...HEADERS, authorization: `Bearer ${createAppJwt(app, nowMs)}` };
  const asked = { ...request.asked, needed: `the app installed on this repository, with the permission ${shown}` };
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
  const installationUrl = `${apiUrl}/repos/${encodeParts(pathParts.join('/'))}/installation`;
  const id = app.installationId ?? (await read(await send(installationUrl, { headers }), 200, schema.installation)).id;
  const body = JSON.stringify({ repositories: pathParts.slice(-1), permissions: { [permission]: level } });
  const tokensUrl = `${apiUrl}/app/installations/${encodeURIComponent(id)}/access_tokens`;
  const answer = await send(tokensUrl, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  const { expires_at: expiresAt, token } = await read(answer, 201, schema.installationToken);
  return { token, expiresAtMs: Date.parse(expiresAt) || nowMs };
}
