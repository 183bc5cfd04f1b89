import type { ArchiveConnection } from '../archive.ts';
import { type Authorization, type AuthorizationRequest, basic } from '../authorization.ts';

export function hasCredentials({ password }: ArchiveConnection): boolean {
  return password !== undefined;
}

/** A personal access token, with any user name or none. https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate */
export async function authorize({ connection }: AuthorizationRequest): Promise<Authorization> {
  const { password } = connection;
  return { headers: password === undefined ? {} : { authorization: basic('', password) } };
}
