import { redactText } from '@gitsource/runtime';

/** The build's log as a person reads it: one line per step, with the time since the start. */
export class StepLog {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #startMs: number;

  /** `write` gets whole lines without a line end; `now` gives milliseconds. */
  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
    this.#startMs = now();
  }

  line(text: string): void {
    const since = ((this.#now() - this.#startMs) / 1000).toFixed(2).padStart(7);
    this.#write(`${since} s  ${redactText(text).replace(/[\p{Cc}]+/gu, ' ')}`);
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
