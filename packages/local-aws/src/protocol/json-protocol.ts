import type { ServerResponse } from 'node:http';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import type { ServiceError } from '../cloud/service.ts';
import { fromJson, type JsonDialect, toJson } from './json-shape.ts';
import { parseJsonObject } from './parse-json.ts';
import type { ServiceModel } from './service-api.ts';
import { unknownOperation } from './unknown-operation.ts';

const DIALECT: JsonDialect = { jsonNames: false };

/** AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, one JSON object each way. */
export function jsonProtocol(model: ServiceModel): Protocol {
  const contentType = `application/x-amz-json-${model.api.jsonVersion ?? '1.1'}`;
  return {
    async readRequest(request: WireRequest) {
      const operation = (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? '';
      const shapes = model.operations.get(operation);
      if (shapes === undefined) throw unknownOperation(model.api.name, operation);
      const parsed = parseJsonObject(await request.readBody());
      return { operation, input: fromJson(shapes.input, parsed, DIALECT) as object };
    },
    async writeResult(response, operation, output, requestId) {
      const shapes = model.operations.get(operation);
      const body = shapes === undefined || shapes.output.isUnitSchema() ? {} : toJson(shapes.output, output, DIALECT);
      answer(response, 200, requestId, contentType, JSON.stringify(body));
    },
    writeError(response, error, requestId) {
      const known = model.errors.get(error.code);
      if (model.api.queryCompatible === true && known?.queryCode !== undefined) {
        response.setHeader('x-amzn-query-error', `${known.queryCode};${error.status >= 500 ? 'Receiver' : 'Sender'}`);
      }
      const body = { __type: known?.name ?? error.code, message: error.message };
      answer(response, error.status, requestId, contentType, JSON.stringify(body));
    },
  };
}

function answer(response: ServerResponse, status: number, requestId: string, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': requestId,
  });
  response.end(body);
}

/** For a service whose request cannot even be assigned to a protocol. */
export function writePlainError(response: ServerResponse, error: ServiceError, requestId: string): void {
  const body = JSON.stringify({ __type: error.code, message: error.message });
  answer(response, error.status, requestId, 'application/x-amz-json-1.1', body);
}
