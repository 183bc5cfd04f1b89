import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@gitsource/events';

const MAX_ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A server that asks for a longer pause gets no second attempt: its answer is the caller's. */
const MAX_PAUSE_MS = 30_000;

/** Twice has the effect of once, RFC 9110, 9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

export interface AttemptOptions<T> {
  readonly method: string;
  /** Where the method alone does not say it. */
  readonly isRepeatable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Lets go of an answer that is not used. */
  readonly discard?: (answer: T) => void;
}

/**
 * Up to three attempts at what is idempotent, after 429, 5xx, broken connections, and 403 with `Retry-After` (GitHub's
 * secondary limits), with the pause the server asks for.
 */
export async function attempt<T extends Answer>(once: () => Promise<T>, options: AttemptOptions<T>): Promise<T> {
  const attempts = (options.isRepeatable ?? IDEMPOTENT.has(options.method)) ? MAX_ATTEMPTS : 1;
  for (let tried = 1; ; tried++) {
    const result = await once().catch((error: unknown) => asRetryable(error));
    const isError = result instanceof CodedError;
    const pauseMs = isError ? PAUSE_MS * tried : pauseAfter(result, tried);
    if (tried === attempts || pauseMs === undefined) {
      if (isError) throw result;
      return result;
    }
    if (!isError) options.discard?.(result);
    await pause(pauseMs, options.signal);
  }
}

function asRetryable(error: unknown): CodedError {
  if (error instanceof CodedError && error.retryable) return error;
  throw error;
}

/** How long to wait before the next attempt; `undefined` where this answer is final. */
function pauseAfter({ status, headers }: Answer, tried: number): number | undefined {
  const askedMs = readRetryAfter(headers, Date.now());
  const isPassing = status === 429 || status >= 500 || (status === 403 && askedMs !== undefined);
  if (!isPassing) return undefined;
  const pauseMs = askedMs ?? PAUSE_MS * 2 ** (tried - 1);
  return pauseMs <= MAX_PAUSE_MS ? pauseMs : undefined;
}

/** `Retry-After` in milliseconds from now, of its two forms: `120` and `Fri, 31 Dec 1999 23:59:59 GMT`. RFC 9110, 10.2.3. */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
