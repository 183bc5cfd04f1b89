import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Dispatcher } from '../cloud/dispatcher.ts';
import type { Principal } from '../cloud/principal.ts';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { type HttpRoute, ServiceError } from '../cloud/service.ts';
import type { Sessions } from '../cloud/sessions.ts';
import { writePlainError } from '../protocol/json-protocol.ts';
import { protocolOf } from '../protocol/protocols.ts';
import { loadServiceModel, type ServiceApi } from '../protocol/service-api.ts';
import { authenticate } from './authenticate.ts';
import { type CredentialScope, readCredentialScope } from './credential-scope.ts';
import { routeRequest } from './route-request.ts';
import { wireRequest } from './wire-request.ts';

/** What answers requests; known only after the server listens, because services need its address. */
export interface ApiServerParts {
  readonly dispatcher: Dispatcher;
  readonly sessions: Sessions;
  readonly routes: readonly HttpRoute[];
}

/** Listens on loopback; requests that arrive before `parts` resolves wait for it. */
export async function listen(port: number, parts: Promise<ApiServerParts>): Promise<{ server: Server; port: number }> {
  const server = createServer((message, response) => {
    answer(message, response, parts).catch((error: unknown) => {
      process.emitWarning(`local-aws could not answer ${message.method} ${message.url}: ${String(error)}`);
      response.destroy();
    });
  });
  // Builds and long polls hold connections; a client that keeps one idle must not see it reset in between.
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return { server, port: address.port };
}

async function answer(message: IncomingMessage, response: ServerResponse, ready: Promise<ApiServerParts>) {
  const parts = await ready;
  const route = findRoute(parts.routes, message.headers.host ?? '', message.url ?? '/');
  if (route !== undefined) return route.answer(message, response);
  const request = wireRequest(message);
  const requestId = randomUUID();
  const scope = readCredentialScope(request);
  const api = routeRequest(request, scope);
  if (api === undefined) return refuseUnroutable(parts, { request, response, requestId, scope });
  await answerApi({ parts, request, response, requestId, api, scope });
}

/** A route that looks closer goes before the others. */
function findRoute(routes: readonly HttpRoute[], host: string, path: string): HttpRoute | undefined {
  const below = routes.filter(({ prefix }) => path.startsWith(prefix));
  return (
    below.find((route) => route.fits?.({ host, path }) === true) ?? below.find((route) => route.fits === undefined)
  );
}

interface ApiRequest {
  readonly parts: ApiServerParts;
  readonly request: WireRequest;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly api: ServiceApi;
  readonly scope: CredentialScope | undefined;
}

async function answerApi({ parts, request, response, requestId, api, scope }: ApiRequest): Promise<void> {
  const protocol: Protocol = protocolOf(await loadServiceModel(api), request);
  let principal: Principal | undefined;
  let operation: string | undefined;
  let dispatched = false;
  try {
    principal = await authenticate(request, scope, parts.sessions, api);
    const read = await protocol.readRequest(request);
    operation = read.operation;
    dispatched = true;
    const call = { principal, requestId, secureTransport: true };
    const output = await parts.dispatcher.dispatch(call, api.name, operation, read.input);
    await protocol.writeResult(response, operation, output, requestId);
  } catch (error) {
    const failure = asWireError(error, api.name);
    if (!dispatched) parts.dispatcher.logRefused(principal, api.name, operation ?? '?', failure.code, requestId);
    if (response.headersSent) response.destroy();
    else protocol.writeError(response, failure, requestId, operation);
  }
  // An upload that was refused early is read away, so that the client sees the answer and not a reset.
  request.message.resume();
}

function refuseUnroutable(
  parts: ApiServerParts,
  { request, response, requestId, scope }: Pick<ApiRequest, 'request' | 'response' | 'requestId' | 'scope'>,
): void {
  const error = unroutable(request, scope);
  parts.dispatcher.logRefused(undefined, scope?.service ?? '?', '?', error.code, requestId);
  writePlainError(response, error, requestId);
}

function unroutable(request: WireRequest, scope: CredentialScope | undefined): ServiceError {
  if (scope !== undefined) {
    const message = `local-aws does not simulate the service "${scope.service}"; see packages/local-aws/README.md.`;
    return new ServiceError('UnknownOperationException', message, 404);
  }
  const isVersion2 = request.query.has('AWSAccessKeyId') || request.headers.authorization?.startsWith('AWS ') === true;
  const message = isVersion2
    ? 'Signature Version 2 is not accepted: sign with version 4 (aws configure set default.s3.signature_version s3v4).'
    : 'Request is missing Authentication Token: it is not signed.';
  return new ServiceError('MissingAuthenticationTokenException', message, 403);
}

function asWireError(error: unknown, service: string): ServiceError {
  if (error instanceof ServiceError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ServiceError('InternalFailure', `local-aws failed in ${service}: ${reason}`, 500);
}
