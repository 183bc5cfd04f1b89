import type { Authorization, AuthorizationRequest } from '../authorization.ts';
import type { ApiConnection } from '../repository-query.ts';

export function hasCredentials({ password }: ApiConnection): boolean {
  return password !== undefined;
}

/** An access token. https://docs.gitea.com/development/api-usage */
export async function authorize({ connection }: AuthorizationRequest): Promise<Authorization> {
  const { password } = connection;
  return { headers: password === undefined ? {} : { authorization: `token ${password}` } };
}
