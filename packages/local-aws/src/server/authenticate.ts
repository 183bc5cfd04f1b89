import type { Principal } from '../cloud/principal.ts';
import type { WireRequest } from '../cloud/protocol.ts';
import { ServiceError } from '../cloud/service.ts';
import type { Sessions } from '../cloud/sessions.ts';
import type { ServiceApi } from '../protocol/service-api.ts';
import type { CredentialScope } from './credential-scope.ts';

/** Verifies who made a request. */
export async function authenticate(
  _request: WireRequest,
  scope: CredentialScope | undefined,
  sessions: Sessions,
  _api: ServiceApi,
): Promise<Principal> {
  const session = scope === undefined ? undefined : sessions.find(scope.accessKeyId);
  if (session === undefined) throw new ServiceError('MissingAuthenticationToken', 'The request is not signed.', 403);
  return session.principal;
}
