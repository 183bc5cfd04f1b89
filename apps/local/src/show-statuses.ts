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

/** Shows what was put beside a commit, once it is no longer pending, with the time since `sinceMs`; true = a success. */
export async function showStatuses(
  server: StatusServer,
  sha: string,
  sinceMs: number,
  { terminal, now, signal }: ShowPorts,
): Promise<boolean> {
  const started = now();
  const newest = () => server.taken(sha).at(-1);
  while ((newest()?.state ?? 'pending') === 'pending' && now() - started < TIMEOUT_MS) {
    signal.throwIfAborted();
    await delay(POLL_MS);
  }
  terminal.heading('On the commit, at its provider, since the push');
  for (const { atMs, context, description, state } of server.taken(sha)) {
    const text = `${context}: ${state}, “${description}”`;
    if (state === 'failure' || state === 'error') terminal.failed(text, atMs - sinceMs);
    else terminal.done(text, atMs - sinceMs);
  }
  if (newest() === undefined) terminal.failed('nothing was shown', now() - sinceMs);
  return newest()?.state === 'success';
}
