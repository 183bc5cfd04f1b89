import { timedOut } from '../errors.ts';

export interface TimeLimits {
  /** Without a byte, while one is asked for. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** For everything, from the transport's creation. Default 1,800,000. */
  readonly totalTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 2 * 60_000;
const TOTAL_TIMEOUT_MS = 30 * 60_000;

/** The clocks of one transport. */
export interface RunningLimits {
  /** Ends with the caller's signal, with `end`, and with `pack/timeout` when a time is over. */
  readonly signal: AbortSignal;
  /** Waits for the server; rejects with the signal's reason as soon as there is one. The work itself goes on. */
  readonly waitFor: <T>(work: Promise<T>) => Promise<T>;
  readonly end: () => void;
}

export function startLimits(
  name: string,
  { idleTimeoutMs = IDLE_TIMEOUT_MS, totalTimeoutMs = TOTAL_TIMEOUT_MS }: TimeLimits,
  caller: AbortSignal | undefined,
): RunningLimits {
  const ending = new AbortController();
  const signal = caller === undefined ? ending.signal : AbortSignal.any([caller, ending.signal]);
  const stop = (limitMs: number, what: string) => ending.abort(timedOut(name, limitMs, what));
  const total = setTimeout(stop, totalTimeoutMs, totalTimeoutMs, 'in all');
  // A server that was read in time must not keep the program alive.
  total.unref();
  signal.addEventListener('abort', () => clearTimeout(total), { once: true });
  return {
    signal,
    end: () => ending.abort(),
    async waitFor(work) {
      // It may fail when nobody waits for it any more.
      work.catch(() => undefined);
      signal.throwIfAborted();
      const idle = setTimeout(stop, idleTimeoutMs, idleTimeoutMs, 'without a byte');
      try {
        return await untilAborted(work, signal);
      } finally {
        clearTimeout(idle);
      }
    },
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
