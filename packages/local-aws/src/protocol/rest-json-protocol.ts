import type { ServerResponse } from 'node:http';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { fromJson, type JsonDialect, toJson } from './json-shape.ts';
import { uriMatcher } from './match-uri.ts';
import { parseJsonObject } from './parse-json.ts';
import type { OperationModel, ServiceModel } from './service-api.ts';
import { unknownOperation } from './unknown-operation.ts';

const DIALECT: JsonDialect = { jsonNames: true };

/** REST JSON: the operation in method and path; members in path, query, headers and a JSON (or raw) body. */
export function restJsonProtocol(model: ServiceModel): Protocol {
  const match = uriMatcher(model.operations.values());
  return {
    async readRequest(request: WireRequest) {
      const found = match(request.method, request.rawPath);
      if (found === undefined) throw unknownOperation(model.api.name, `${request.method} ${request.rawPath}`);
      const { operation, labels } = found;
      const bound = operation.input.isUnitSchema() ? {} : readBound(operation.input, request, labels);
      const body = await readBody(operation, request);
      return { operation: operation.name, input: { ...body, ...bound } };
    },
    async writeResult(response, operationName, output, requestId) {
      const operation = model.operations.get(operationName);
      if (operation === undefined) throw unknownOperation(model.api.name, operationName);
      writeOutput(response, operation, output as Readonly<Record<string, unknown>>, requestId);
    },
    writeError(response, error, requestId) {
      const known = model.errors.get(error.code);
      const code = known?.name ?? error.code;
      response.setHeader('x-amzn-errortype', code);
      // `Message` and `message` are both in use among Lambda's errors; clients read either.
      const body = {
        __type: code,
        Type: error.status >= 500 ? 'Service' : 'User',
        Message: error.message,
        message: error.message,
      };
      send(response, known?.status ?? error.status, requestId, 'application/json', Buffer.from(JSON.stringify(body)));
    },
  };
}

function readBound(schema: NormalizedSchema, request: WireRequest, labels: Readonly<Record<string, string>>): object {
  const bound: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) bound[name] = textTo(member, labels[name] ?? '');
    else if (typeof traits.httpQuery === 'string') {
      const values = request.query.getAll(traits.httpQuery);
      if (member.isListSchema() && values.length > 0)
        bound[name] = values.map((text) => textTo(member.getValueSchema(), text));
      else if (values[0] !== undefined) bound[name] = textTo(member, values[0]);
    } else if (typeof traits.httpHeader === 'string') {
      const text = request.headers[traits.httpHeader.toLowerCase()];
      if (text !== undefined) bound[name] = textTo(member, text);
    }
  }
  return bound;
}

async function readBody(operation: OperationModel, request: WireRequest): Promise<object> {
  if (operation.input.isUnitSchema()) return {};
  const payload = [...operation.input.structIterator()].find(([, member]) => member.getMergedTraits().httpPayload);
  const body = await request.readBody();
  if (payload === undefined) {
    return fromJson(operation.input, parseJsonObject(body), DIALECT) as object;
  }
  const [name, member] = payload;
  if (body.length === 0) return {};
  if (member.isBlobSchema()) return { [name]: body };
  if (member.isStringSchema()) return { [name]: body.toString('utf8') };
  return { [name]: fromJson(member, parseJsonObject(body), DIALECT) };
}

function writeOutput(
  response: ServerResponse,
  operation: OperationModel,
  output: Readonly<Record<string, unknown>>,
  requestId: string,
): void {
  let status = operation.http?.[2] ?? 200;
  const members = operation.output.isUnitSchema() ? [] : [...operation.output.structIterator()];
  const inBody = new Map<string, unknown>();
  let payload: Buffer | undefined;
  for (const [name, member] of members) {
    const value = output[name];
    const traits = member.getMergedTraits();
    if (traits.httpPayload) payload = payloadOf(member, value);
    if (value === undefined || traits.httpPayload) continue;
    if (traits.httpResponseCode) status = Number(value);
    else if (typeof traits.httpHeader === 'string') response.setHeader(traits.httpHeader, headerText(value));
    else inBody.set(name, value);
  }
  const json = () => Buffer.from(JSON.stringify(toJson(operation.output, Object.fromEntries(inBody), DIALECT)));
  send(response, status, requestId, 'application/json', payload ?? (members.length === 0 ? Buffer.alloc(0) : json()));
}

function payloadOf(member: NormalizedSchema, value: unknown): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(toJson(member, value, DIALECT)));
}

function textTo(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema.isNumericSchema() && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  return text;
}

function send(response: ServerResponse, status: number, requestId: string, contentType: string, body: Buffer): void {
  const headers = { 'x-amzn-requestid': requestId, 'content-length': body.length };
  response.writeHead(
    status,
    status === 204 ? { 'x-amzn-requestid': requestId } : { ...headers, 'content-type': contentType },
  );
  response.end(status === 204 ? undefined : body);
}

function headerText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
