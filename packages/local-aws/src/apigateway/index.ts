import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { apiOperations } from './api-operations.ts';
import { domainOperations } from './domain-operations.ts';
import { HttpApiRoute } from './http-api-route.ts';
import { HttpApiStore } from './http-api-store.ts';
import { integrationOperations } from './integration-operations.ts';
import { EXECUTE_API_PATH, hostName } from './locate-stage.ts';
import { routeOperations } from './route-operations.ts';
import { stageOperations } from './stage-operations.ts';
import { tagOperations } from './tag-operations.ts';

/** How the front doors (HTTP and REST APIs, function URLs) treat senders, where a test cannot wait as long as AWS. */
export interface FrontDoorLimits {
  /** How long a sender may take for a request's body; default 30 s, as on AWS. */
  readonly bodyTimeoutMs?: number;
}

export const DEFAULT_BODY_TIMEOUT_MS = 30_000;

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
