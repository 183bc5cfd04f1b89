import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { DEFAULT_BODY_TIMEOUT_MS, type FrontDoorLimits } from '../front-door/limits.ts';
import { apiOperations } from './api-operations.ts';
import { domainOperations } from './domain-operations.ts';
import { HttpApiRoute } from './http-api-route.ts';
import { HttpApiStore } from './http-api-store.ts';
import { integrationOperations } from './integration-operations.ts';
import { EXECUTE_API_PATH, hostName } from './locate-stage.ts';
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
      { prefix: EXECUTE_API_PATH, answer: (message, response) => route.answer(message, response, false) },
      {
        prefix: '/',
        isHost: (host) => store.domains.has(hostName(host)),
        answer: (message, response) => route.answer(message, response, true),
      },
    ],
  };
}
