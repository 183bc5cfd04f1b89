import type { Protocol } from '../cloud/protocol.ts';
import { jsonProtocol } from './json-protocol.ts';
import { queryProtocol } from './query-protocol.ts';
import { restJsonProtocol } from './rest-json-protocol.ts';
import { createRestXmlProtocol } from './rest-xml.ts';
import type { ServiceModel } from './service-api.ts';

const protocols = new WeakMap<ServiceModel, Protocol>();

/** The protocol a service speaks, made once: its routes are compiled from the model. */
export function protocolOf(model: ServiceModel): Protocol {
  let protocol = protocols.get(model);
  if (protocol === undefined) {
    protocol = create(model);
    protocols.set(model, protocol);
  }
  return protocol;
}

function create(model: ServiceModel): Protocol {
  switch (model.api.protocol) {
    case 'json':
      return jsonProtocol(model);
    case 'query':
      return queryProtocol(model);
    case 'rest-json':
      return restJsonProtocol(model);
    case 'rest-xml':
      return createRestXmlProtocol(model);
  }
}
