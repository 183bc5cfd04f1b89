import { setTimeout as delay } from 'node:timers/promises';
import type { StatusServer } from './status-server.ts';
import type { Terminal } from './terminal.ts';

const POLL_MS = 50;
/** The event comes when the execution has ended, and the function may have to start first. */
const TIMEOUT_MS = 20_000;

interface ShowPorts {
  readonly terminal: Terminal;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Shows what stands beside a commit, once it is no longer pending; true = a success. */
export async function showStatuses(
  server: StatusServer,
  sha: string,
  { terminal, now, signal }: ShowPorts,
): Promise<boolean> {
  const started = now();
  terminal.heading('On the commit, at its provider');
  for (;;) {
    signal.throwIfAborted();
    const shown = server.shown(sha);
    const isOver = shown.length > 0 && shown.every(({ state }) => state !== 'pending');
    if (!isOver && now() - started < TIMEOUT_MS) {
      await delay(POLL_MS);
      continue;
    }
    for (const { context, description, state } of shown) {
      const text = `${sha.slice(0, 12)} ${state} · ${context} · ${description}`;
      if (state === 'success') terminal.done(text, now() - started);
      else terminal.failed(text, now() - started);
    }
    if (shown.length === 0) terminal.failed('nothing was shown', now() - started);
    return isOver && shown.every(({ state }) => state === 'success');
  }
}
