/** Where lines go and how they may look. */
export interface Terminal {
  /** A heading, with a blank line before it. */
  heading(text: string): void;
  /** Something done, with the time it took. */
  done(text: string, durationMs?: number): void;
  failed(text: string, durationMs?: number): void;
  /** A fact worth copying: `label  value`. */
  fact(label: string, value: string): void;
  note(text: string): void;
  /** As it is, from the first column: to be copied whole. */
  line(text: string): void;
}

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Plain text on a pipe or with NO_COLOR; colour and marks on a terminal. Durations come first, in one column, because the texts have any length. */
export function createTerminal(
  stream: TerminalStream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const colour = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const write = (line: string) => stream.write(`${line}\n`);
  const withDuration = (mark: string, text: string, durationMs?: number) => {
    const duration = durationMs === undefined ? ' '.repeat(9) : formatDuration(durationMs);
    write(`  ${mark} ${paint(2, duration)}  ${text}`);
  };
  return {
    heading: (text) => write(`\n${paint(1, text)}`),
    done: (text, durationMs) => withDuration(paint(32, '✓'), text, durationMs),
    failed: (text, durationMs) => withDuration(paint(31, '✗'), text, durationMs),
    fact: (label, value) => write(`    ${paint(2, label.padStart(9))}  ${value}`),
    note: (text) => write(`               ${paint(2, text)}`),
    line: write,
  };
}

/** `850 ms` below a second, `1.2 s` below a minute, `2 min 5 s` above; right-aligned to 9 columns. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1000) return `${ms} ms`.padStart(9);
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s `.padStart(9);
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`.padStart(9);
}
