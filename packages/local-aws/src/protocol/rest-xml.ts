import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { ServiceError } from '../cloud/service.ts';
import { uploadBody } from './rest-xml-body.ts';
import { createRouter, type S3Target } from './rest-xml-route.ts';
import { escapeXml, fromXml, isBound, scalarFromText, scalarToText, toXml, xmlName } from './rest-xml-shape.ts';
import type { ServiceModel } from './service-api.ts';
import { unknownOperation } from './unknown-operation.ts';

const XML_NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** The largest XML body S3 documents is a DeleteObjects of 1,000 keys, about 2 MB. */
const MAX_XML_BYTES = 4 * 1024 * 1024;

/** REST XML as S3 speaks it: path-style addresses, typed members in path, query, headers, or one XML body; streams both ways. */
export function createRestXmlProtocol(model: ServiceModel): Protocol {
  const route = createRouter(model.operations.values());
  return {
    async readRequest(request) {
      const target = readTarget(request);
      const operation = route(target);
      return { operation: operation.name, input: await readInput(operation.input, request, target) };
    },
    async writeResult(response, operation, output, requestId) {
      const shapes = model.operations.get(operation);
      if (shapes === undefined) throw unknownOperation(model.api.name, operation);
      response.setHeader('x-amz-request-id', requestId);
      await writeOutput(response, shapes.output, { ...output }, shapes.http?.[2] ?? 200, operation);
    },
    writeError(response, error, requestId) {
      if (response.headersSent) {
        response.destroy(error);
        return;
      }
      const body = `${XML_HEAD}<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message><RequestId>${requestId}</RequestId><HostId>local-aws</HostId></Error>`;
      const bodiless = error.status === 304;
      response.writeHead(error.status, {
        'x-amz-request-id': requestId,
        ...(!bodiless && { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }),
      });
      // For HEAD, Node leaves the body out.
      response.end(bodiless ? undefined : body);
    },
  };
}

function readTarget(request: WireRequest): S3Target {
  const path = request.rawPath.replace(/^\//, '');
  const slash = path.indexOf('/');
  const bucket = decode(slash < 0 ? path : path.slice(0, slash));
  const key = slash < 0 ? '' : decode(path.slice(slash + 1));
  return {
    method: request.method,
    query: request.query,
    headers: request.headers,
    ...(bucket !== '' && { bucket }),
    ...(key !== '' && { key }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('InvalidURI', `The path cannot be decoded: ${text.slice(0, 200)}`);
  }
}

async function readInput(schema: NormalizedSchema, request: WireRequest, target: S3Target): Promise<object> {
  const input: Record<string, unknown> = {};
  if (!schema.isStructSchema()) return input;
  for (const [name, member] of schema.structIterator()) {
    const value = member.getMergedTraits().httpPayload
      ? await readPayload(member, request)
      : readBinding(name, member, target);
    if (value !== undefined) input[name] = value;
  }
  // The client's encoding of the transfer is not the object's.
  const encoding = input.ContentEncoding;
  if (typeof encoding === 'string' && /\baws-chunked\b/.test(encoding)) {
    const rest = encoding.replace(/\s*\baws-chunked\b\s*,?\s*/, '');
    if (rest === '') delete input.ContentEncoding;
    else input.ContentEncoding = rest;
  }
  return input;
}

function readBinding(name: string, member: NormalizedSchema, target: S3Target): unknown {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) return name === 'Bucket' ? target.bucket : target.key;
  if (typeof traits.httpPrefixHeaders === 'string') return readPrefixed(traits.httpPrefixHeaders, target.headers);
  const text =
    typeof traits.httpQuery === 'string'
      ? target.query.get(traits.httpQuery)
      : typeof traits.httpHeader === 'string'
        ? target.headers[traits.httpHeader.toLowerCase()]
        : undefined;
  if (text === undefined || text === null || (text === '' && typeof traits.httpHeader === 'string')) return undefined;
  return member.isListSchema()
    ? text.split(/\s*,\s*/).map((item) => scalarFromText(member.getValueSchema(), item))
    : scalarFromText(member, text);
}

function readPrefixed(prefix: string, headers: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  if (found.length === 0) return undefined;
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

async function readPayload(member: NormalizedSchema, request: WireRequest): Promise<unknown> {
  const body = uploadBody(request.message, request.headers);
  if (member.isStreaming()) return body;
  const text = await readText(body);
  if (text === '') return undefined;
  return member.isStructSchema() ? fromXml(member, text) : text;
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_XML_BYTES) throw new ServiceError('MaxMessageLengthExceeded', 'Your request was too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function writeOutput(
  response: ServerResponse,
  schema: NormalizedSchema,
  output: Readonly<Record<string, unknown>>,
  status: number,
  operation: string,
): Promise<void> {
  response.statusCode = output.ContentRange === undefined ? status : 206;
  const members = schema.isStructSchema() ? [...schema.structIterator()] : [];
  for (const [name, member] of members) writeHeader(response, member, output[name]);
  const [payloadName, payload] = members.find(([, member]) => member.getMergedTraits().httpPayload) ?? [];
  const value = payloadName === undefined ? undefined : output[payloadName];
  if (payload?.isStreaming()) return writeStream(response, value);
  if (payload !== undefined && !payload.isStructSchema()) return finish(response, textOf(value), 'application/json');
  if (payload !== undefined) {
    const name = xmlName(payload) ?? payload.getName() ?? '';
    return finish(response, XML_HEAD + toXml(payload, name, value ?? {}, XML_NAMESPACE), 'application/xml');
  }
  if (operation === 'GetBucketLocation') {
    // The one operation whose root is its only member.
    const body = `<LocationConstraint${XML_NAMESPACE}>${escapeXml(textOf(output.LocationConstraint))}</LocationConstraint>`;
    return finish(response, XML_HEAD + body, 'application/xml');
  }
  if (!members.some(([, member]) => !isBound(member))) return finish(response, '', undefined);
  const root = xmlName(schema) ?? schema.getName() ?? operation;
  return finish(response, XML_HEAD + toXml(schema, root, output, XML_NAMESPACE), 'application/xml');
}

function writeHeader(response: ServerResponse, member: NormalizedSchema, value: unknown): void {
  if (value === undefined || value === null) return;
  const { httpHeader, httpPrefixHeaders } = member.getMergedTraits();
  if (typeof httpHeader === 'string') response.setHeader(httpHeader, scalarToText(member, value, 'header'));
  if (typeof httpPrefixHeaders !== 'string') return;
  for (const [name, text] of Object.entries(value)) response.setHeader(httpPrefixHeaders + name, String(text));
}

async function writeStream(response: ServerResponse, body: unknown): Promise<void> {
  if (body instanceof Readable) {
    await pipeline(body, response);
    return;
  }
  response.end(body instanceof Uint8Array || typeof body === 'string' ? body : undefined);
}

function finish(response: ServerResponse, body: string, contentType: string | undefined): void {
  // HEAD's Content-Length is the object's; 204 has none.
  if (contentType !== undefined) {
    response.setHeader('content-type', contentType);
    response.setHeader('content-length', Buffer.byteLength(body));
  }
  response.end(body === '' ? undefined : body);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
