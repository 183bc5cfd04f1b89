/** Delayed work that ends with the server. */
export interface Timers {
  after(delayMs: number, run: () => void): void;
  /** Resolves after the delay, or never once stopped. */
  wait(delayMs: number): Promise<void>;
  readonly stopped: boolean;
  stop(): void;
}

/** Node fires a timer of more than this at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function createTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>();
  let stopped = false;

  function after(delayMs: number, run: () => void): void {
    if (stopped) return;
    const timer = setTimeout(
      () => {
        pending.delete(timer);
        run();
      },
      Math.min(Math.max(delayMs, 0), MAX_TIMEOUT_MS),
    );
    timer.unref();
    pending.add(timer);
  }

  return {
    after,
    wait: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    get stopped() {
      return stopped;
    },
    stop() {
      stopped = true;
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}
