import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpRoute, ServiceError } from '../cloud/service.ts';
import { webhookArn } from './arns.ts';
import type { Api } from './operation.ts';
import type { WebhookRecord } from './records.ts';
import { startChecked } from './start-execution.ts';
import { isAuthentic } from './webhook-authentication.ts';
import { matchFilters } from './webhook-filter.ts';
import { WEBHOOK_PATH } from './webhook-operations.ts';

/** GitHub's own cap on a delivery. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** Answers POSTs on webhook URLs: verified first, over the raw bytes, then parsed, then matched. */
export function webhookRoute(api: Api): HttpRoute {
  return {
    prefix: WEBHOOK_PATH,
    async answer(message, response) {
      const token = new URL(message.url ?? '', 'http://local').pathname.slice(WEBHOOK_PATH.length);
      const record = [...api.store.webhooks.values()].find((webhook) => webhook.token === token);
      if (record === undefined) return reply(response, 404, 'no such webhook');
      if (message.method !== 'POST') return reply(response, 405, 'POST only');
      const body = await readBody(message);
      if (body === undefined) return reply(response, 413, 'too large');
      const peerAddress = message.socket.remoteAddress ?? '';
      if (!isAuthentic(record.definition, { body, headers: message.headers, peerAddress })) {
        return reply(response, 403, 'not authentic');
      }
      const parsed = parseJson(body);
      if (parsed === undefined) return reply(response, 400, 'not JSON');
      trigger(api, record, parsed, response);
    },
  };
}

function trigger(api: Api, record: WebhookRecord, body: unknown, response: ServerResponse): void {
  const [status, text] = start(api, record, body);
  reply(response, status, text);
}

function start(api: Api, record: WebhookRecord, body: unknown): [number, string] {
  const { name = '', targetPipeline = '', targetAction, filters } = record.definition;
  const pipeline = api.store.pipelines.get(targetPipeline);
  const action = pipeline?.declaration.stages[0]?.actions.find((candidate) => candidate.name === targetAction);
  if (pipeline === undefined || action === undefined) return [404, 'its pipeline or action is gone'];
  if (!matchFilters(filters, body, action.configuration ?? {})) return [200, 'filtered'];
  record.lastTriggered = api.cloud.now();
  api.store.webhooks.set(name, record);
  try {
    startChecked(api, pipeline, { trigger: { type: 'Webhook', detail: webhookArn(api.cloud, name) } });
    return [200, 'started'];
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    record.errorCode = error.code;
    record.errorMessage = error.message;
    api.store.webhooks.set(name, record);
    return [429, 'not started'];
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}
