import type { Cloud } from '../cloud/cloud.ts';
import type { HttpRoute, Service } from '../cloud/service.ts';
import { DEFAULT_BODY_TIMEOUT_MS, type FrontDoorLimits } from '../front-door/limits.ts';
import { apiAddress, EXECUTE_API_PATH, hostName } from './api-address.ts';
import { apiOperations } from './api-operations.ts';
import { domainOperations } from './domain-operations.ts';
import { HttpApiRoute } from './http-api-route.ts';
import { HttpApiStore } from './http-api-store.ts';
import { integrationOperations } from './integration-operations.ts';
import { restApiOperations } from './rest-api-operations.ts';
import { RestApiRoute } from './rest-api-route.ts';
import { RestApiStore } from './rest-api-store.ts';
import { restResourceOperations } from './rest-resource-operations.ts';
import { restStageOperations } from './rest-stage-operations.ts';
import { restTagOperations } from './rest-tag-operations.ts';
import { routeOperations } from './route-operations.ts';
import { stageOperations } from './stage-operations.ts';
import { tagOperations } from './tag-operations.ts';

/** API Gateway's second API: HTTP APIs with Lambda integrations, custom domains, and their data plane. */
export function createApiGatewayV2(cloud: Cloud, limits: FrontDoorLimits = {}): Service {
  const store = new HttpApiStore(cloud);
  const { bodyTimeoutMs = DEFAULT_BODY_TIMEOUT_MS } = limits;
  const route = new HttpApiRoute({ store, bodyTimeoutMs });
  return {
    name: 'apigatewayv2',
    operations: {
      ...apiOperations(store),
      ...integrationOperations(store),
      ...routeOperations(store),
      ...stageOperations(store),
      ...domainOperations(store),
      ...tagOperations(store),
    },
    httpRoutes: [
      {
        prefix: '/',
        fits: ({ host, path }) =>
          store.domains.has(hostName(host)) || store.apis.has(apiAddress(host, path)?.apiId ?? ''),
        answer: (message, response) => route.answer(message, response),
      },
      // What is left below the prefix belongs to no API.
      { prefix: EXECUTE_API_PATH, answer: (message, response) => route.answer(message, response) },
    ],
  };
}

/** API Gateway's first API: REST APIs, in a VPC or regional, and their data plane. */
export function createApiGateway(cloud: Cloud, limits: FrontDoorLimits = {}): Service {
  const store = new RestApiStore(cloud);
  return {
    name: 'apigateway',
    operations: {
      ...restApiOperations(store),
      ...restResourceOperations(store),
      ...restStageOperations(store),
      ...restTagOperations(store),
    },
    httpRoutes: [restRoute(store, new RestApiRoute(store, limits.bodyTimeoutMs ?? DEFAULT_BODY_TIMEOUT_MS))],
  };
}

function restRoute(store: RestApiStore, route: RestApiRoute): HttpRoute {
  const find = (host: string, path: string) => {
    const address = apiAddress(host, path);
    const api = store.apis.get(address?.apiId ?? '');
    return address === undefined || api === undefined ? undefined : { api, path: address.path };
  };
  return {
    prefix: '/',
    fits: ({ host, path }) => find(host, path) !== undefined,
    async answer(message, response) {
      const found = find(message.headers.host ?? '', message.url ?? '/');
      if (found !== undefined) await route.answer(message, response, found.api, found.path);
    },
  };
}
