import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './lambda-reply.ts';

/** Chosen by the front door, never by a function. */
const OWN = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date']);

/** Longest that a refused upload is read away, so that its sender sees the answer and not a reset. */
const DRAIN_MS = 10_000;
const DRAIN_SLOW_MS = 250;

/** Answers; `requestId` goes into the header of that name (`apigw-requestid`, `x-amzn-requestid`). */
export function sendReply(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  requestId: readonly [header: string, value: string],
): void {
  if (response.destroyed || response.headersSent) return;
  const isUnread = !message.complete;
  for (const [name, value] of [...reply.headers, requestId]) {
    if (!OWN.has(name.toLowerCase())) response.appendHeader(name, value);
  }
  const isBodiless = message.method === 'HEAD' || reply.status === 204 || reply.status === 304;
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('content-length', reply.body.length);
  if (isUnread) response.setHeader('connection', 'close');
  response.writeHead(reply.status).end(isBodiless ? undefined : reply.body);
  if (!isUnread) return;
  message.resume();
  const cut = setTimeout(() => message.socket.destroy(), reply.status === 408 ? DRAIN_SLOW_MS : DRAIN_MS).unref();
  message.once('end', () => clearTimeout(cut));
}
