import { closeSync, openSync, writeSync } from 'node:fs';

/** One line of the call log; names and outcomes only, never a body or a secret. */
export interface CallLogEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly service: string;
  /** API operation: `PollForJobs`. */
  readonly action: string;
  /** `role/name`, `root`, a service's host name, or `anonymous`. */
  readonly caller: string;
  /** ARN of the first resource the operation names, or `*`. */
  readonly resource: string;
  /** `ok`, or the error's code: `JobNotFoundException`. */
  readonly outcome: string;
  readonly durationMs: number;
  readonly requestId: string;
}

/** An append-only JSON-lines file, written line by line as calls end. */
export class CallLog {
  readonly #descriptor: number;
  #open = true;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'a', 0o600);
  }

  append(entry: CallLogEntry): void {
    if (this.#open) writeSync(this.#descriptor, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }
}
