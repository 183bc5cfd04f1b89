import type { ServerResponse } from 'node:http';
import { cbor, dateToTag } from '@smithy/core/cbor';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { ServiceError } from '../cloud/service.ts';
import { fromJson } from './json-shape.ts';
import type { ServiceModel } from './service-api.ts';
import { unknownOperation } from './unknown-operation.ts';

/** Smithy RPC v2 with CBOR, which newer CLIs and SDKs of CloudWatch speak: the operation in the path. */
export function cborProtocol(model: ServiceModel): Protocol {
  return {
    async readRequest(request: WireRequest) {
      const operation = request.rawPath.split('/').at(-1) ?? '';
      const shapes = model.operations.get(operation);
      if (shapes === undefined) throw unknownOperation(model.api.name, operation);
      const body = await request.readBody();
      const input = body.length === 0 ? {} : untag(decode(body));
      return { operation, input: fromJson(shapes.input, input, { jsonNames: false }) as object };
    },
    async writeResult(response, _operation, output, requestId) {
      send(response, 200, requestId, tagDates(output));
    },
    writeError(response, error, requestId) {
      const known = model.errors.get(error.code);
      if (known?.queryCode !== undefined) {
        response.setHeader('x-amzn-query-error', `${known.queryCode};${error.status >= 500 ? 'Receiver' : 'Sender'}`);
      }
      send(response, error.status, requestId, { __type: known?.name ?? error.code, message: error.message });
    },
  };
}

function send(response: ServerResponse, status: number, requestId: string, value: unknown): void {
  const body = Buffer.from(cbor.serialize(value));
  response.writeHead(status, {
    'content-type': 'application/cbor',
    'smithy-protocol': 'rpc-v2-cbor',
    'content-length': body.length,
    'x-amzn-requestid': requestId,
  });
  response.end(body);
}

function decode(body: Buffer): unknown {
  try {
    return cbor.deserialize(body);
  } catch (error) {
    throw new ServiceError('SerializationException', `The request body is not CBOR: ${String(error)}`);
  }
}

/** Timestamps come as tag 1 around epoch seconds; the seconds alone are what `fromJson` turns into a Date. */
function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if ('tag' in value && value.tag === 1 && 'value' in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]));
}

function tagDates(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value);
  if (Array.isArray(value)) return value.map(tagDates);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagDates(item)]));
}
