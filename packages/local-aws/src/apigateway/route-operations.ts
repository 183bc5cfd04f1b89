import type * as apis from '@aws-sdk/client-apigatewayv2';
import type { Service } from '../cloud/service.ts';
import { childOperations } from './child-operations.ts';
import { badRequest, conflict, notFound, oneOf, refuseOthers } from './gateway-error.ts';
import type { HttpApiRecord, RouteRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';
import { parseRouteKey } from './route-key.ts';

const READ = ['ApiId', 'RouteId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired', 'OperationName'];

/** Routes, open to everybody: authorizers are refused. */
export function routeOperations(store: HttpApiStore): Service['operations'] {
  return childOperations<RouteRecord, Partial<apis.CreateRouteRequest>>(store, {
    name: 'Route',
    idMember: 'RouteId',
    records: (api) => api.routes,
    read: (api, input, before) => {
      refuseOthers(input, READ);
      oneOf('AuthorizationType', input.AuthorizationType, ['NONE']);
      if (input.ApiKeyRequired === true) throw badRequest('An HTTP API has no API keys');
      const RouteKey = input.RouteKey ?? before?.RouteKey ?? '';
      const Target = input.Target ?? before?.Target;
      const OperationName = input.OperationName ?? before?.OperationName;
      if (RouteKey !== before?.RouteKey) checkKey(api, RouteKey);
      checkTarget(api, Target);
      return {
        RouteKey,
        ...(Target !== undefined && { Target }),
        ...(OperationName !== undefined && { OperationName }),
      };
    },
    view: (RouteId, record) => ({ ...record, RouteId, AuthorizationType: 'NONE', ApiKeyRequired: false }),
  });
}

function checkKey(api: HttpApiRecord, key: string): void {
  if (key !== '$default' && parseRouteKey(key) === undefined) {
    throw badRequest(`The provided route key is not formatted properly for HTTP protocol: ${JSON.stringify(key)}`);
  }
  if (Object.values(api.routes).some(({ RouteKey }) => RouteKey === key)) {
    throw conflict(`Route with key ${key} already exists for this API`);
  }
}

function checkTarget(api: HttpApiRecord, target: string | undefined): void {
  if (target === undefined) return;
  const id = target.replace(/^integrations\//, '');
  if (id === target || !Object.hasOwn(api.integrations, id))
    throw notFound(`Invalid Integration identifier specified ${target}`);
}
