import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../../cloud/cloud.ts';
import type { HttpRoute } from '../../cloud/service.ts';
import { readBody } from '../../front-door/read-body.ts';

/** How waiting for one response ended. */
export type Waited =
  | { readonly kind: 'answered'; readonly body: Buffer }
  | { readonly kind: 'timeout' }
  /** The embedded AWS is being stopped. */
  | { readonly kind: 'stopped' };

export interface ExpectedResponse {
  /** `ResponseURL` of the request. */
  readonly url: string;
  /** Settles at the first PUT, or after `timeoutMs` from now. Call it once. */
  wait(timeoutMs: number): Promise<Waited>;
  /** Nobody will answer: the request could not be sent. */
  forget(): void;
}

const PREFIX = '/cloudformation-custom-resource-response-';
/** A response may have 4,096 bytes; a larger one is taken and refused afterwards, as S3 does not know the limit. */
const MAX_BODY_BYTES = 1024 * 1024;
const BODY_TIMEOUT_MS = 30_000;
/** Validity of the URL as AWS writes it into it. */
const EXPIRES_SECONDS = 7200;

interface Pending {
  readonly signature: string;
  answer(body: Buffer): void;
}

/**
 * Where providers of custom resources PUT their responses. On AWS it is a presigned URL of a bucket that CloudFormation
 * owns; here a route looks and answers like one, because an account has no such bucket. It is stricter in one thing: a
 * Content-Type is always refused, as by the Regions whose URLs sign it.
 */
export class CustomResponses implements HttpRoute {
  readonly prefix = PREFIX;
  readonly #pending = new Map<string, Pending>();
  readonly #stopped = new AbortController();

  /** Opens a URL for one request of one resource. */
  expect(cloud: Cloud, stackId: string, logicalId: string): ExpectedResponse {
    const bucket = `${PREFIX}${cloud.region.replaceAll('-', '')}`;
    const path = `${bucket}/${encodeURIComponent(`${stackId}|${logicalId}|${randomUUID()}`)}`;
    const signature = randomBytes(32).toString('hex');
    const answered = new Promise<Waited>((resolve) => {
      this.#pending.set(path, { signature, answer: (body) => resolve({ kind: 'answered', body }) });
    });
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host&X-Amz-Expires=${EXPIRES_SECONDS}&X-Amz-Signature=${signature}`;
    return {
      url: `${cloud.endpointUrl}${path}?${query}`,
      wait: (timeoutMs) => this.#wait(answered, timeoutMs),
      forget: () => void this.#pending.delete(path),
    };
  }

  /** Ends every wait, and those still to come. */
  stop(): void {
    this.#stopped.abort();
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (message.url ?? '').split('?');
    const pending = this.#pending.get(path);
    const refusal = refusalOf(message, pending, new URLSearchParams(query).get('X-Amz-Signature'));
    if (refusal !== undefined || pending === undefined) return refuse(message, response, refusal ?? DENIED);
    const body = await readBody(message, { maxBytes: MAX_BODY_BYTES, timeoutMs: BODY_TIMEOUT_MS });
    if (body === 'gone') return;
    if (!Buffer.isBuffer(body)) return refuse(message, response, [400, 'EntityTooLarge', 'Your upload is too large.']);
    pending.answer(body);
    response.writeHead(200, { ETag: `"${randomBytes(16).toString('hex')}"` }).end();
  }

  async #wait(answered: Promise<Waited>, timeoutMs: number): Promise<Waited> {
    const { signal } = this.#stopped;
    if (signal.aborted) return { kind: 'stopped' };
    const late = new AbortController();
    const ended = Promise.race([
      sleep(timeoutMs, 'timeout' as const, { signal: late.signal }),
      once(signal, 'abort', { signal: late.signal }).then(() => 'stopped' as const),
    ]);
    // Aborted when the response was there before.
    ended.catch(() => undefined);
    try {
      return await Promise.race([answered, ended.then((kind) => ({ kind }))]);
    } finally {
      late.abort();
    }
  }
}

type Refusal = readonly [status: number, code: string, message: string];

const DENIED: Refusal = [403, 'AccessDenied', 'Access Denied'];

function refusalOf(
  message: IncomingMessage,
  pending: Pending | undefined,
  signature: string | null,
): Refusal | undefined {
  if (pending === undefined || pending.signature !== signature) return DENIED;
  if (message.method !== 'PUT' || (message.headers['content-type'] ?? '') !== '') {
    return [
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Send PUT, without a Content-Type.',
    ];
  }
  if (message.headers['content-length'] === undefined) {
    return [411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.'];
  }
  return undefined;
}

function refuse(message: IncomingMessage, response: ServerResponse, [status, code, text]: Refusal): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message></Error>`);
  // Read away what was sent, so that the sender sees the answer and not a reset.
  message.resume();
}
