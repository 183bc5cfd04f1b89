import { timedOut } from '../errors.ts';

export interface TimeLimits {
  /** Between two pieces of an answer, while one is asked for. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** For everything, from the transport's creation. Default 1,800,000. */
  readonly totalTimeoutMs?: number;
}

export const IDLE_TIMEOUT_MS = 2 * 60_000;
const TOTAL_TIMEOUT_MS = 30 * 60_000;

/** A signal that ends with the caller's, or with `pack/timeout` when the time for all is over. */
export function startTotalLimit(
  name: string,
  { totalTimeoutMs = TOTAL_TIMEOUT_MS }: TimeLimits,
  signal: AbortSignal | undefined,
): AbortSignal {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(timedOut(name, totalTimeoutMs, 'in all')), totalTimeoutMs);
  // A server that was read in time must not keep the program alive.
  timer.unref();
  return signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
}

/** Waits for work at most so long, and no longer than the signal lets it; the work itself is not ended. */
export async function waitFor<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onIdle: () => void,
  idleMs: number,
): Promise<T> {
  // It may fail when nobody waits for it any more.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const timer = setTimeout(onIdle, idleMs);
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
