import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { CodedError } from '@gitsource/events';
import { RuntimeError } from './errors.ts';

/** Where requests may go, and how long and large their answers may be. */
export interface OutgoingOptions {
  /** `https://api.github.com`: only URLs below it are requested, so that credentials never go anywhere else. */
  readonly baseUrl: string;
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate?: string;
  /** For one attempt, from connecting to the last byte. Default 15,000. */
  readonly timeoutMs?: number;
  /** Of an answer. Default 5 MiB. */
  readonly maxBytes?: number;
}

/** As much of `fetch` as API clients use. */
export type OutgoingFetch = (url: string | URL, init?: OutgoingInit) => Promise<Response>;

/** Headers as a plain object, as API clients give them. */
export interface OutgoingInit {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 5 * 1024 * 1024;
const MAX_ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A server that asks for a longer pause gets no second attempt: its answer is the caller's. */
const MAX_PAUSE_MS = 30_000;
/** Twice has the effect of once, RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/**
 * A `fetch` for API clients: one server only, no redirects, a time limit, a size cap, a private authority, and up to
 * three attempts at what is idempotent, after 429, 5xx and broken connections, with the pause the server asks for.
 * Its promises reject with `runtime/api-outside-base`, `-unreachable`, `-timeout`, `-redirected`, `-answer-too-large`;
 * messages name method and URL without its query, never headers or bodies.
 */
export function createOutgoingFetch(options: OutgoingOptions): OutgoingFetch {
  return async (input, init = {}) => {
    const url = new URL(input);
    const call: Call = { url, method: (init.method ?? 'GET').toUpperCase(), init, options };
    if (!isBelow(url, new URL(options.baseUrl))) {
      throw failure(call, 'runtime/api-outside-base', `was not sent, it is not below ${options.baseUrl}`);
    }
    for (let attempt = 1; ; attempt++) {
      const result = await attemptOnce(call).catch((error: unknown) => asRetryable(error));
      const mayRetry = IDEMPOTENT.has(call.method) && attempt < MAX_ATTEMPTS;
      const pauseMs = result instanceof Response ? pauseAfter(result, attempt) : PAUSE_MS * attempt;
      if (!mayRetry || pauseMs === undefined) {
        if (result instanceof Response) return result;
        throw result;
      }
      await sleep(pauseMs);
    }
  };
}

interface Call {
  readonly url: URL;
  readonly method: string;
  readonly init: OutgoingInit;
  readonly options: OutgoingOptions;
}

function isBelow(url: URL, base: URL): boolean {
  const path = base.pathname.replace(/\/*$/, '/');
  return (
    url.origin === base.origin && `${url.pathname}/`.startsWith(path) && url.username === '' && url.password === ''
  );
}

function asRetryable(error: unknown): CodedError {
  if (error instanceof CodedError && error.retryable) return error;
  throw error;
}

/** How long to wait before the next attempt; `undefined` where this answer is final. */
function pauseAfter({ status, headers }: Response, attempt: number): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const pauseMs = Number.isNaN(seconds) ? PAUSE_MS * 2 ** (attempt - 1) : Math.max(seconds, 0) * 1000;
  return pauseMs <= MAX_PAUSE_MS ? pauseMs : undefined;
}

function attemptOnce(call: Call): Promise<Response> {
  const { init, method, options, url } = call;
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const ca = options.caCertificate === undefined ? {} : { ca: [...rootCertificates, options.caCertificate] };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal.aborted ? timedOut(call) : unreachable(call, error));
    const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
    const request = start(url, { method, headers: { ...init.headers }, signal, ...ca }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= (options.maxBytes ?? MAX_BYTES)) return;
        reject(failure(call, 'runtime/api-answer-too-large', 'was answered with more than is read'));
        response.destroy();
      });
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 300 && status < 400) reject(redirected(call, status));
        else resolve(toResponse(status, response.headersDistinct, Buffer.concat(chunks)));
      });
    });
    request.on('error', fail);
    request.end(init.body);
  });
}

function toResponse(status: number, distinct: NodeJS.Dict<string[]>, body: Buffer): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(distinct)) for (const value of values) headers.append(name, value);
  const isEmpty = status === 204 || status === 205;
  return new Response(isEmpty ? null : new Uint8Array(body), { status, headers });
}

function timedOut(call: Call): RuntimeError {
  return failure(call, 'runtime/api-timeout', 'was not answered in time; try again');
}

function redirected(call: Call, status: number): RuntimeError {
  const advice = 'Give the connection\'s "host" or "apiUrl" as the server itself names it';
  return failure(
    call,
    'runtime/api-redirected',
    `was redirected (${status}), and credentials are not sent along. ${advice}`,
  );
}

function unreachable(call: Call, error: Error): RuntimeError {
  const code: unknown = Reflect.get(error, 'code');
  const advice = 'Check the connection\'s "host", "apiUrl" and "caCertificate", and the network';
  const reason = typeof code === 'string' ? code : error.name;
  return failure(call, 'runtime/api-unreachable', `reached no server (${reason}). ${advice}`);
}

function failure({ method, url }: Call, code: RuntimeError['code'], what: string): RuntimeError {
  return new RuntimeError(code, `${method} ${url.origin}${url.pathname} ${what}.`);
}
