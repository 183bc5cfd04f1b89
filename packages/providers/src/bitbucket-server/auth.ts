import type { Authorization, AuthorizationRequest } from '../authorization.ts';
import type { ApiConnection } from '../repository-query.ts';

export function hasCredentials({ password }: ApiConnection): boolean {
  return password !== undefined;
}

/** An HTTP access token. https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html */
export async function authorize({ connection }: AuthorizationRequest): Promise<Authorization> {
  const { password } = connection;
  return { headers: password === undefined ? {} : { authorization: `Bearer ${password}` } };
}
