import type { WireRequest } from '../cloud/protocol.ts';
import { SERVICE_APIS, type ServiceApi } from '../protocol/service-api.ts';
import type { CredentialScope } from './credential-scope.ts';

/** `/service/GraniteServiceVersion20100801/operation/PutMetricData` */
const RPC_PATH = /^\/service\/([^/]+)\/operation\/[^/]+$/;

/** Which service's API a request is for: by X-Amz-Target, by Smithy RPC path, else by the signature's scope. */
export function routeRequest(request: WireRequest, scope: CredentialScope | undefined): ServiceApi | undefined {
  const target = request.headers['x-amz-target']?.split('.').at(-2) ?? RPC_PATH.exec(request.rawPath)?.[1];
  if (target !== undefined) return SERVICE_APIS.find((api) => api.target === target);
  if (scope !== undefined) {
    const isFor = (api: ServiceApi) =>
      api.signingName === scope.service && request.rawPath.startsWith(api.pathPrefix ?? '');
    return SERVICE_APIS.find(isFor);
  }
  return undefined;
}
