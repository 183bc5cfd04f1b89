import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cloud } from '../cloud/cloud.ts';
import { type FrontRequest, frontRequest, gatewayRequestId } from '../front-door/front-request.ts';
import { type FunctionOutcome, invokeFunction } from '../front-door/invoke-function.ts';
import { messageReply, type Reply } from '../front-door/lambda-reply.ts';
import { readReplyV1 } from '../front-door/lambda-reply-v1.ts';
import { payloadV1 } from '../front-door/payload-v1.ts';
import { readBody } from '../front-door/read-body.ts';
import { sendReply } from '../front-door/send-reply.ts';
import { functionArnOf } from './integration-operations.ts';
import { matchMediaType } from './media-type.ts';
import { executeApiArn } from './rest-api-operations.ts';
import type { RestApiRecord, RestDeployment, RestIntegration, RestStage } from './rest-api-record.ts';
import type { RestApiStore } from './rest-api-store.ts';
import { policyRefusal } from './rest-policy.ts';
import { compareRoutes, matchPath } from './route-key.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

interface Exchange {
  readonly api: RestApiRecord;
  readonly stageName: string;
  readonly stage: RestStage;
  readonly deployment: RestDeployment;
  /** As sent, without the stage. */
  readonly path: string;
  readonly request: FrontRequest;
  readonly requestId: string;
  readonly now: number;
}

interface MatchedMethod {
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly integration: RestIntegration;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The data plane of REST APIs: what their stage's deployment says, whatever changed since. */
export class RestApiRoute {
  readonly #store: RestApiStore;
  readonly #cloud: Cloud;
  readonly #bodyTimeoutMs: number;

  constructor(store: RestApiStore, bodyTimeoutMs: number) {
    this.#store = store;
    this.#cloud = store.cloud;
    this.#bodyTimeoutMs = bodyTimeoutMs;
  }

  /** Answers a request to an API; `path` starts with the stage. */
  async answer(message: IncomingMessage, response: ServerResponse, api: RestApiRecord, path: string): Promise<void> {
    const now = this.#cloud.now();
    const requestId = randomUUID();
    const [, stageName = '', ...rest] = path.split('/');
    const stage = Object.hasOwn(api.stages, stageName) ? api.stages[stageName] : undefined;
    const deployment = api.deployments[stage?.deploymentId ?? ''];
    const isOpen = stage !== undefined && deployment !== undefined && !deployment.settings.disableExecuteApiEndpoint;
    const request = frontRequest(message, now);
    const reply = isOpen
      ? await this.#answer(
          { api, stageName, stage, deployment, path: `/${rest.join('/')}`, request, requestId, now },
          message,
        )
      : messageReply(403, 'Forbidden');
    if (reply !== undefined) sendReply(message, response, reply, ['x-amzn-requestid', requestId]);
  }

  /** Undefined where the sender went away. */
  async #answer(exchange: Exchange, message: IncomingMessage): Promise<Reply | undefined> {
    const { api, stageName, deployment, path, request } = exchange;
    const method = matchMethod(deployment, request.method, path);
    // What AWS answers where there is no such resource or method, whatever it sounds like.
    if (method === undefined) return messageReply(403, 'Missing Authentication Token');
    const refusal = policyRefusal(this.#cloud, deployment.settings.policy, {
      resource: `${executeApiArn(this.#store, api.id)}/${stageName}/${request.method}${path}`,
      vpcEndpointId: deployment.settings.vpcEndpointIds[0],
    });
    if (refusal !== undefined) return messageReply(403, refusal, 'Message');
    const body = await readBody(message, { maxBytes: MAX_BODY_BYTES, timeoutMs: this.#bodyTimeoutMs });
    if (body === 'gone') return undefined;
    if (body === 'too-slow') return messageReply(408, 'Request Timeout');
    if (body === 'too-large') {
      const text = Buffer.from(`HTTP content length exceeded ${MAX_BODY_BYTES} bytes.`);
      return { status: 413, headers: [['content-type', 'text; charset=utf-8']], body: text };
    }
    return this.#invoke(exchange, method, body);
  }

  async #invoke(exchange: Exchange, method: MatchedMethod, body: Buffer): Promise<Reply> {
    const { api, stageName, stage, deployment, request } = exchange;
    const { binaryMediaTypes, vpcEndpointIds } = deployment.settings;
    const event = payloadV1(request, body, {
      ...exchange,
      ...method,
      accountId: this.#cloud.accountId,
      apiId: api.id,
      deploymentId: stage.deploymentId,
      domainName: `${api.id}.execute-api.${this.#cloud.region}.amazonaws.com`,
      stage: stageName,
      ...(stage.variables !== undefined && { stageVariables: stage.variables }),
      extendedRequestId: gatewayRequestId(),
      vpcEndpointId: vpcEndpointIds[0],
      isBinary: matchMediaType(binaryMediaTypes, headerOf(request, 'content-type')),
    });
    const source = `${executeApiArn(this.#store, api.id)}/${stageName}/${request.method}${method.resourcePath}`;
    const outcome = await invokeFunction(this.#cloud, {
      principal: this.#cloud.identities.service('apigateway.amazonaws.com', source),
      functionArn: functionArnOf(method.integration.uri) ?? '',
      event,
      timeoutMs: method.integration.timeoutInMillis,
    });
    return replyTo(outcome, matchMediaType(binaryMediaTypes, headerOf(request, 'accept').split(',')[0] ?? ''));
  }
}

function matchMethod(deployment: RestDeployment, method: string, path: string): MatchedMethod | undefined {
  const [best] = Object.entries(deployment.resources)
    .flatMap(([resourceId, resource]) => {
      const segments = resource.path === '/' ? [] : resource.path.slice(1).split('/');
      const pathParameters = matchPath(segments, path);
      const name = Object.hasOwn(resource.methods, method) ? method : 'ANY';
      const integration = resource.methods[name]?.integration;
      if (pathParameters === undefined || integration === undefined) return [];
      return [
        { key: { method: name, segments }, resourceId, resourcePath: resource.path, integration, pathParameters },
      ];
    })
    .sort((a, b) => compareRoutes(a.key, b.key));
  return best;
}

/** Statuses and texts of REST APIs, which differ from those of HTTP APIs. */
function replyTo(outcome: FunctionOutcome, isBinaryWanted: boolean): Reply {
  const malformed = messageReply(502, 'Internal server error');
  switch (outcome.kind) {
    case 'answered':
      return readReplyV1(outcome.payload, isBinaryWanted) ?? malformed;
    case 'function-error':
      return malformed;
    case 'timeout':
      return messageReply(504, 'Endpoint request timed out');
    case 'refused':
      return outcome.code === 'RequestTooLargeException'
        ? messageReply(413, 'Request Too Long')
        : messageReply(500, 'Internal server error');
  }
}

function headerOf({ headers }: FrontRequest, name: string): string {
  return headers.findLast(([each]) => each.toLowerCase() === name)?.[1] ?? '';
}
