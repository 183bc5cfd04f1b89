import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cloud } from '../cloud/cloud.ts';
import { commonLogTime, type FrontRequest, frontRequest, gatewayRequestId } from '../front-door/front-request.ts';
import { type FunctionOutcome, invokeFunction } from '../front-door/invoke-function.ts';
import { messageReply, type Reply, readReplyV2 } from '../front-door/lambda-reply.ts';
import { payloadV2 } from '../front-door/payload-v2.ts';
import { readBody } from '../front-door/read-body.ts';
import { sendReply } from '../front-door/send-reply.ts';
import { AccessLog, type LogValues, logLine } from './access-log.ts';
import type { IntegrationRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';
import { functionArnOf } from './integration-operations.ts';
import { type Located, locateStage } from './locate-stage.ts';
import { type MatchedRoute, matchRoute } from './match-route.ts';
import { Throttle } from './throttle.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface HttpApiRouteParts {
  readonly store: HttpApiStore;
  /** How long a sender may take for its body. */
  readonly bodyTimeoutMs: number;
}

interface Exchange {
  readonly located: Located;
  readonly request: FrontRequest;
  readonly requestId: string;
  readonly startedAt: number;
}

/** How an exchange went, for the answer and the access log. */
interface Answered {
  readonly reply: Reply;
  readonly routeKey?: string;
  readonly integrationStatus?: number;
  readonly integrationLatency?: number;
  readonly integrationError?: string;
}

/** The data plane of HTTP APIs. */
export class HttpApiRoute {
  readonly #store: HttpApiStore;
  readonly #cloud: Cloud;
  readonly #bodyTimeoutMs: number;
  readonly #throttle: Throttle;
  readonly #log: AccessLog;

  constructor({ store, bodyTimeoutMs }: HttpApiRouteParts) {
    this.#store = store;
    this.#cloud = store.cloud;
    this.#bodyTimeoutMs = bodyTimeoutMs;
    this.#throttle = new Throttle(() => store.cloud.now());
    this.#log = new AccessLog(store.cloud);
  }

  /** Answers a request to an API's own URL or to a custom domain. */
  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = this.#cloud.now();
    const request = frontRequest(message, startedAt);
    const requestId = gatewayRequestId();
    const located = locateStage(this.#store, message.headers.host ?? '', request.rawPath);
    const exchange = located && { located, request, requestId, startedAt };
    const answered =
      exchange === undefined ? { reply: messageReply(404, 'Not Found') } : await this.#answer(exchange, message);
    if (answered === undefined) return;
    sendReply(message, response, answered.reply, ['apigw-requestid', requestId]);
    if (exchange !== undefined) await this.#write(exchange, answered);
  }

  /** Undefined where the sender went away. */
  async #answer(exchange: Exchange, message: IncomingMessage): Promise<Answered | undefined> {
    const { api, stageName, stage, routePath } = exchange.located;
    const route = matchRoute(api, exchange.request.method, decodePath(routePath));
    const integration = api.integrations[route?.integrationId ?? ''];
    if (route === undefined || integration === undefined) return { reply: messageReply(404, 'Not Found') };
    const { routeKey } = route;
    const limits = { ...stage.DefaultRouteSettings, ...stage.RouteSettings?.[routeKey] };
    if (!this.#throttle.admit(`${api.apiId}/${stageName}/${routeKey}`, limits)) {
      return { routeKey, reply: messageReply(429, 'Too Many Requests') };
    }
    const body = await readBody(message, { maxBytes: MAX_BODY_BYTES, timeoutMs: this.#bodyTimeoutMs });
    if (body === 'gone') return undefined;
    if (body === 'too-large') return { routeKey, reply: messageReply(413, 'Request Entity Too Large') };
    if (body === 'too-slow') return { routeKey, reply: messageReply(408, 'Request Timeout') };
    return this.#invoke(exchange, { route, integration, body });
  }

  async #invoke(
    { located, request, requestId, startedAt }: Exchange,
    { route, integration, body }: { route: MatchedRoute; integration: IntegrationRecord; body: Buffer },
  ): Promise<Answered> {
    const { api, stageName, stage } = located;
    const { partition, region, accountId } = this.#cloud;
    const { routeKey } = route;
    const event = payloadV2(request, body, {
      accountId,
      apiId: api.apiId,
      domainName: located.domainName,
      routeKey,
      stage: stageName,
      requestId,
      now: startedAt,
      // HTTP APIs hand paths over decoded; REST APIs and function URLs do not.
      path: decodePath(located.seenPath),
      pathParameters: route.pathParameters,
      ...(stage.StageVariables !== undefined && { stageVariables: stage.StageVariables }),
    });
    const resource = routeKey === '$default' ? '$default' : `${request.method}${route.path}`;
    const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:${api.apiId}/${stageName}/${resource}`;
    const invokedAt = performance.now();
    const outcome = await invokeFunction(this.#cloud, {
      principal: this.#cloud.identities.service('apigateway.amazonaws.com', sourceArn),
      functionArn: functionArnOf(integration.IntegrationUri) ?? '',
      event,
      timeoutMs: integration.TimeoutInMillis,
    });
    const integrationLatency = Math.round(performance.now() - invokedAt);
    return { routeKey, integrationLatency, ...readOutcome(outcome) };
  }

  async #write(exchange: Exchange, answered: Answered): Promise<void> {
    const { located } = exchange;
    const settings = located.stage.AccessLogSettings;
    if (settings === undefined) return;
    const line = logLine(settings.Format, this.#logValues(exchange, answered));
    await this.#log.write(settings.DestinationArn, `${located.api.apiId}/${located.stageName}`.replace('$', ''), line);
  }

  #logValues({ located, request, requestId, startedAt }: Exchange, answered: Answered): LogValues {
    const { reply, routeKey, integrationError, integrationLatency, integrationStatus } = answered;
    const isOwn = reply.status >= 400 && integrationStatus !== reply.status;
    const error = isOwn ? messageOf(reply) : undefined;
    return {
      accountId: this.#cloud.accountId,
      apiId: located.api.apiId,
      'customDomain.basePathMatched': located.basePathMatched,
      domainName: located.domainName,
      domainPrefix: located.domainName.split('.')[0],
      'error.message': error,
      'error.messageString': error === undefined ? undefined : JSON.stringify(error),
      extendedRequestId: requestId,
      httpMethod: request.method,
      'identity.sourceIp': request.sourceIp,
      'identity.userAgent': request.userAgent,
      'integration.error': integrationError,
      'integration.integrationStatus': integrationStatus,
      'integration.latency': integrationLatency,
      'integration.status': integrationStatus,
      integrationErrorMessage: integrationError,
      integrationLatency,
      integrationStatus,
      path: located.seenPath,
      protocol: request.protocol,
      requestId,
      requestTime: commonLogTime(startedAt),
      requestTimeEpoch: startedAt,
      responseLatency: this.#cloud.now() - startedAt,
      responseLength: reply.body.length,
      routeKey,
      stage: located.stageName,
      status: reply.status,
    };
  }
}

/** Statuses as HTTP APIs give them; which one a refused invocation gets is documented for none but timeouts. */
function readOutcome(outcome: FunctionOutcome): Omit<Answered, 'routeKey' | 'integrationLatency'> {
  const internal = messageReply(500, 'Internal Server Error');
  switch (outcome.kind) {
    case 'answered': {
      const reply = readReplyV2(outcome.payload, 'text/plain;charset=UTF-8');
      if (reply !== undefined) return { reply, integrationStatus: 200 };
      return {
        reply: internal,
        integrationStatus: 200,
        integrationError: 'The response from Lambda is not of format 2.0',
      };
    }
    case 'function-error':
      return { reply: internal, integrationStatus: 200, integrationError: outcome.reason };
    case 'timeout':
      return { reply: messageReply(503, 'Service Unavailable'), integrationError: 'The integration took too long' };
    case 'refused':
      if (outcome.code === 'RequestTooLargeException') {
        return { reply: messageReply(413, 'Request Entity Too Large'), integrationError: outcome.reason };
      }
      if (outcome.code === 'TooManyRequestsException') {
        return { reply: messageReply(503, 'Service Unavailable'), integrationError: outcome.reason };
      }
      return { reply: internal, integrationError: outcome.reason };
  }
}

function messageOf(reply: Reply): string {
  return (JSON.parse(reply.body.toString()) as { message: string }).message;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
