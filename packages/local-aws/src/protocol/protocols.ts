import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { cborProtocol } from './cbor-protocol.ts';
import { jsonProtocol } from './json-protocol.ts';
import { queryProtocol } from './query-protocol.ts';
import { restJsonProtocol } from './rest-json-protocol.ts';
import { createRestXmlProtocol } from './rest-xml.ts';
import type { ServiceModel } from './service-api.ts';

type ProtocolName = ServiceModel['api']['protocol'] | 'cbor';

const protocols = new WeakMap<ServiceModel, Map<ProtocolName, Protocol>>();

/** The protocol a request speaks, made once per service: its routes are compiled from the model. */
export function protocolOf(model: ServiceModel, request: WireRequest): Protocol {
  const name = protocolName(model, request);
  const made = protocols.get(model) ?? new Map<ProtocolName, Protocol>();
  protocols.set(model, made);
  let protocol = made.get(name);
  if (protocol === undefined) {
    protocol = create(name, model);
    made.set(name, protocol);
  }
  return protocol;
}

/** CloudWatch and SQS answer in three protocols, each client choosing its own. */
function protocolName(model: ServiceModel, request: WireRequest): ProtocolName {
  if (model.api.queryCompatible !== true) return model.api.protocol;
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor';
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return isForm ? 'query' : model.api.protocol;
}

function create(name: ProtocolName, model: ServiceModel): Protocol {
  switch (name) {
    case 'cbor':
      return cborProtocol(model);
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
