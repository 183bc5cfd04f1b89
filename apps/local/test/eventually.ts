import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/** Repeats an expectation until it holds; in the end it fails as itself. */
export async function eventually<T>(expectation: () => T | Promise<T>, timeoutMs = 60_000): Promise<T> {
  const started = Date.now();
  for (;;) {
    try {
      return await expectation();
    } catch (error) {
      if (Date.now() - started > timeoutMs) throw error;
      await delay(POLL_MS);
    }
  }
}
