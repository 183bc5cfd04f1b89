import type { IncomingMessage } from 'node:http';
import type { HttpProxy } from './find-proxy.ts';
import { attempt } from './outgoing-attempts.ts';
import { assertBelow, type OutgoingInit } from './outgoing-fetch.ts';
import { sendFollowing } from './outgoing-redirects.ts';
import { type Call, failure, reasonOf, startDeadline, timedOut, toHeaders } from './outgoing-request.ts';
import { createTunnelAgent } from './tunnel-agent.ts';

/** Where a download may start, and how long its server may be silent. */
export interface DownloadOptions {
  /** `https://api.github.com`: only URLs below it are requested, and only there are credentials sent. */
  readonly baseUrl: string;
  /** PEM of a private authority, trusted beside the public ones, also where a redirect leads. */
  readonly caCertificate?: string;
  /** Every connection goes through it, also where a redirect leads. Default: none. */
  readonly proxy?: HttpProxy;
  /** For one attempt, until the headers of the last answer have come. Default 120,000: some servers pack the archive first. */
  readonly answerTimeoutMs?: number;
  /** Between two pieces of the body, while one is asked for. Default 60,000. */
  readonly idleTimeoutMs?: number;
}

export type OutgoingDownload = (url: string | URL, init?: OutgoingInit) => Promise<Download>;

/** An answer whose body is read while it arrives. */
export interface Download {
  /** Where it came from in the end. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /**
   * Can be read once. It throws `runtime/download-truncated` where the server says less than it promised,
   * `runtime/api-timeout` where it falls silent, and the signal's reason; so its end is always the true end.
   */
  readonly body: AsyncIterableIterator<Uint8Array>;
  /** Ends the connection of a body that is not read to its end. */
  discard(): void;
}

const ANSWER_TIMEOUT_MS = 120_000;
const IDLE_TIMEOUT_MS = 60_000;

/**
 * A streaming GET: it starts below one server, follows up to three redirects (HTTPS only, credentials stay behind), and
 * tries three times before the body begins, after 429, 5xx and broken connections. The total time is the signal's.
 * Another method is redirected below the base only, and tried again only where it is said to be repeatable.
 * Rejects with `runtime/api-outside-base`, `-unreachable`, `-certificate-untrusted`, `-timeout`, `-redirected`,
 * `runtime/proxy-refused`, `-unauthorized`; every status is given back.
 */
export function createOutgoingDownload(options: DownloadOptions): OutgoingDownload {
  const { baseUrl, caCertificate, proxy } = options;
  const agent = proxy === undefined ? undefined : createTunnelAgent(proxy, { caCertificate });
  return async (input, { method = 'GET', headers = {}, body, isRepeatable, signal } = {}) => {
    const call: Call = { url: new URL(input), method, headers, body, caCertificate, agent };
    assertBelow(call, baseUrl);
    return attempt(() => open(call, options, signal), {
      method: call.method,
      isRepeatable,
      signal,
      discard: (download) => download.discard(),
    });
  };
}

async function open(call: Call, options: DownloadOptions, signal: AbortSignal | undefined): Promise<Download> {
  const deadline = startDeadline(options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, signal);
  try {
    const { answer, url } = await sendFollowing(call, new URL(options.baseUrl), deadline);
    return {
      url,
      status: answer.statusCode ?? 0,
      headers: toHeaders(answer),
      body: readBody(call, answer, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, signal),
      discard: () => answer.destroy(),
    };
  } finally {
    deadline.clear();
  }
}

/** Not a generator: one that was never started would not end the connection when it is closed. */
function readBody(
  call: Call,
  answer: IncomingMessage,
  idleTimeoutMs: number,
  signal: AbortSignal | undefined,
): Download['body'] {
  // Without this, an error that comes while nobody reads would end the process; a later read still gets it.
  answer.on('error', () => undefined);
  const chunks: AsyncIterator<Uint8Array> = answer[Symbol.asyncIterator]();
  const ended = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      let isSilent = false;
      const timer = setTimeout(() => {
        isSilent = true;
        answer.destroy();
      }, idleTimeoutMs);
      try {
        const step = await chunks.next();
        if (step.done !== true) return step;
        if (answer.complete) return ended;
        throw new Error('incomplete');
      } catch (error) {
        signal?.throwIfAborted();
        if (isSilent) throw timedOut(call, `sent nothing for ${idleTimeoutMs / 1000} s; try again`);
        const reason = error instanceof Error ? reasonOf(error) : 'unknown';
        throw failure(call, 'runtime/download-truncated', `broke off before its end (${reason}); try again`);
      } finally {
        clearTimeout(timer);
      }
    },
    async return() {
      answer.destroy();
      return ended;
    },
  };
}
