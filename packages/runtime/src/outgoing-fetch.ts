import type { IncomingMessage } from 'node:http';
import { RuntimeError } from './errors.ts';
import { attempt } from './outgoing-attempts.ts';
import { redirected, sendFollowing } from './outgoing-redirects.ts';
import { type Call, failure, isBelow, send, startDeadline, toHeaders } from './outgoing-request.ts';

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
  /**
   * Follow redirects: those of a GET as `createOutgoingDownload` does, those of others only below the base and only where
   * method and body stay the same. Default: none is followed.
   */
  readonly followRedirects?: boolean;
}

/** As much of `fetch` as API clients use. */
export type OutgoingFetch = (url: string | URL, init?: OutgoingInit) => Promise<Response>;

/** Headers as a plain object, as API clients give them. */
export interface OutgoingInit {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** Twice has the effect of once, although the method does not promise it: then it is tried again as a GET is. */
  readonly isRepeatable?: boolean | undefined;
  /** Ends the request and the pauses between attempts; its reason is what the promise rejects with. */
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * A `fetch` for API clients: one server only, no redirects, a time limit, a size cap, a private authority, and up to
 * three attempts at what is idempotent, after 429, 5xx and broken connections, with the pause the server asks for.
 * Its promises reject with `runtime/api-outside-base`, `-unreachable`, `-certificate-untrusted`, `-timeout`, `-redirected`,
 * `-answer-too-large`;
 * messages name method and URL without its query, never headers or bodies.
 */
export function createOutgoingFetch(options: OutgoingOptions): OutgoingFetch {
  const { baseUrl, caCertificate } = options;
  return async (input, init = {}) => {
    const { body, headers = {}, isRepeatable, signal } = init;
    const call: Call = {
      url: new URL(input),
      method: (init.method ?? 'GET').toUpperCase(),
      headers,
      body,
      caCertificate,
    };
    assertBelow(call, baseUrl);
    return attempt(() => attemptOnce(call, options, signal), { method: call.method, isRepeatable, signal });
  };
}

/** Throws `runtime/api-outside-base`. */
export function assertBelow(call: Call, baseUrl: string): void {
  if (isBelow(call.url, new URL(baseUrl))) return;
  throw failure(call, 'runtime/api-outside-base', `was not sent, it is not below ${baseUrl}`);
}

async function attemptOnce(call: Call, options: OutgoingOptions, signal: AbortSignal | undefined): Promise<Response> {
  const deadline = startDeadline(options.timeoutMs ?? TIMEOUT_MS, signal);
  try {
    const answer =
      options.followRedirects === true
        ? (await sendFollowing(call, new URL(options.baseUrl), deadline)).answer
        : await send(call, deadline);
    const status = answer.statusCode ?? 0;
    const body = await readWhole(answer, options.maxBytes ?? MAX_BYTES, tooLarge(call)).catch((error: Error) => {
      throw error instanceof RuntimeError ? error : deadline.explain(call, error);
    });
    if (status >= 300 && status < 400) throw redirected(call, status);
    const isEmpty = status === 204 || status === 205;
    return new Response(isEmpty ? null : body, { status, headers: toHeaders(answer) });
  } finally {
    deadline.clear();
  }
}

async function readWhole(
  answer: IncomingMessage,
  maxBytes: number,
  excess: RuntimeError,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    // Leaving the loop destroys the answer.
    if (bytes > maxBytes) throw excess;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function tooLarge(call: Call): RuntimeError {
  return failure(call, 'runtime/api-answer-too-large', 'was answered with more than is read');
}
