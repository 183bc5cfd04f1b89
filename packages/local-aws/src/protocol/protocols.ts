import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { jsonProtocol } from './json-protocol.ts';
import { queryProtocol } from './query-protocol.ts';
import { restJsonProtocol } from './rest-json-protocol.ts';
import type { ServiceModel } from './service-api.ts';

/** The protocol a service speaks. */
export function protocolOf(model: ServiceModel, _request: WireRequest): Protocol {
  switch (model.api.protocol) {
    case 'json':
      return jsonProtocol(model);
    case 'query':
      return queryProtocol(model);
    case 'rest-json':
      return restJsonProtocol(model);
    case 'rest-xml':
      throw new Error('rest-xml is not there yet');
  }
}
