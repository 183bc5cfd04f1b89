import type { Authorization, AuthorizationRequest } from '../authorization.ts';
import type { ApiConnection } from '../repository-query.ts';

export function hasCredentials({ password }: ApiConnection): boolean {
  return password !== undefined;
}

/** Personal, project and group access tokens. Deploy tokens are none for the API. https://docs.gitlab.com/api/rest/authentication/ */
export async function authorize({ connection }: AuthorizationRequest): Promise<Authorization> {
  const { password } = connection;
  return { headers: password === undefined ? {} : { 'private-token': password } };
}
