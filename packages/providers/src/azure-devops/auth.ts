import { type Authorization, type AuthorizationRequest, basic } from '../authorization.ts';
import type { ApiConnection } from '../repository-query.ts';

export function hasCredentials({ password }: ApiConnection): boolean {
  return password !== undefined;
}

/** A personal access token, with any user name or none. https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate */
export async function authorize({ connection }: AuthorizationRequest): Promise<Authorization> {
  const { password } = connection;
  return { headers: password === undefined ? {} : { authorization: basic('', password) } };
}
