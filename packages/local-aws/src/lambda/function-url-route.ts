import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../cloud/principal.ts';
import type { HttpRoute } from '../cloud/service.ts';
import { frontRequest } from '../front-door/front-request.ts';
import { type FunctionOutcome, invokeFunction } from '../front-door/invoke-function.ts';
import { messageReply, type Reply, readReplyV2 } from '../front-door/lambda-reply.ts';
import { payloadV2 } from '../front-door/payload-v2.ts';
import { readBody } from '../front-door/read-body.ts';
import { sendReply } from '../front-door/send-reply.ts';
import type { FunctionStore } from './function-store.ts';

/** Front of the path of every function URL: `/lambda-url/<urlId>/…`. */
export const FUNCTION_URL_PATH = '/lambda-url/';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** A function's own timeout ends it before. */
const MAX_FUNCTION_MS = 900_000;
const ANYBODY: Principal = {
  kind: 'anonymous',
  arn: 'anonymous',
  accountId: 'anonymous',
  functionUrlAuthType: 'NONE',
};

/** Answers function URLs. Who may call is the function's own policy: two statements, see invokePermission. */
export function functionUrlRoute(store: FunctionStore, bodyTimeoutMs: number): HttpRoute {
  return {
    prefix: FUNCTION_URL_PATH,
    async answer(message, response) {
      const requestId = randomUUID();
      const reply = await answer(store, message, requestId, bodyTimeoutMs);
      if (reply !== undefined) send(message, response, reply, requestId);
    },
  };
}

function send(message: IncomingMessage, response: ServerResponse, reply: Reply, requestId: string): void {
  sendReply(message, response, reply, ['x-amzn-requestid', requestId]);
}

async function answer(
  store: FunctionStore,
  message: IncomingMessage,
  requestId: string,
  bodyTimeoutMs: number,
): Promise<Reply | undefined> {
  const { cloud } = store;
  const now = cloud.now();
  const request = frontRequest(message, now);
  const [urlId = '', ...rest] = request.rawPath.slice(FUNCTION_URL_PATH.length).split('/');
  const record = [...store.functions.values()].find(({ url }) => url?.urlId === urlId);
  if (record === undefined) return messageReply(404, 'Not Found', 'Message');
  const body = await readBody(message, { maxBytes: MAX_PAYLOAD_BYTES, timeoutMs: bodyTimeoutMs });
  if (body === 'gone') return undefined;
  if (body === 'too-large') return tooLarge();
  if (body === 'too-slow') return messageReply(408, 'Request Timeout', 'Message');
  const event = payloadV2(request, body, {
    accountId: 'anonymous',
    apiId: urlId,
    domainName: `${urlId}.lambda-url.${cloud.region}.on.aws`,
    routeKey: '$default',
    stage: '$default',
    requestId,
    now,
    path: `/${rest.join('/')}`,
  });
  return replyTo(
    await invokeFunction(cloud, {
      principal: ANYBODY,
      functionArn: record.arn,
      event,
      timeoutMs: MAX_FUNCTION_MS,
    }),
  );
}

function replyTo(outcome: FunctionOutcome): Reply {
  const badGateway: Reply = { ...messageReply(502, ''), body: Buffer.from('Internal Server Error') };
  if (outcome.kind === 'answered') return readReplyV2(outcome.payload, 'application/json') ?? badGateway;
  if (outcome.kind !== 'refused') return badGateway;
  if (outcome.code === 'RequestTooLargeException') return tooLarge();
  if (outcome.code === 'TooManyRequestsException') return messageReply(429, 'Rate Exceeded.');
  // The reason is in the call log.
  if (outcome.code === 'AccessDeniedException') return messageReply(403, 'Forbidden', 'Message');
  return badGateway;
}

function tooLarge(): Reply {
  const text = `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation`;
  return messageReply(413, text, 'Message');
}
