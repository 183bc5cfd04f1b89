import { cutUnits } from '@gitsource/events';
import { redactText } from '@gitsource/runtime';

/** A commit's subject may have megabytes. */
const MAX_LINE_CHARACTERS = 8000;

/** A lane's log as a person reads it: one line per step. */
export class StepLog {
  readonly #write: (text: string, sinceMs: number) => void;
  readonly #now: () => number;
  readonly #startMs: number;

  /** `write` gets each line without a line end, and the milliseconds since the start; `now` gives milliseconds. */
  constructor(write: (text: string, sinceMs: number) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
    this.#startMs = now();
  }

  line(text: string): void {
    const line = cutUnits(redactText(text), MAX_LINE_CHARACTERS).replace(/[\p{Cc}]+/gu, ' ');
    this.#write(line, this.#now() - this.#startMs);
  }

  /** Does one step and says how long it took; `tell` makes the line of the result. */
  async step<T>(run: () => Promise<T>, tell: (result: T) => string): Promise<T> {
    const startMs = this.#now();
    const result = await run();
    this.line(`${tell(result)} (${Math.round(this.#now() - startMs)} ms)`);
    return result;
  }
}

/** `1.4 MiB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ['KiB', 'MiB', 'GiB'];
  const exponent = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** exponent).toFixed(1)} ${units[exponent - 1]}`;
}
