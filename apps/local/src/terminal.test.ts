import { describe, expect, it } from 'vitest';
import { createTerminal, formatDuration } from './terminal.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { stream: { isTTY, write: (text: string) => written.push(text) }, written };
}

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [-3, '0 ms'],
  ])('writes %d ms as %s', (ms, expected) => {
    expect(formatDuration(ms).trim()).toBe(expected);
  });
});

describe('createTerminal', () => {
  it('writes no escape sequence to a pipe, with NO_COLOR or on a dumb terminal', () => {
    for (const [tty, environment] of [
      [false, {}],
      [true, { NO_COLOR: '1' }],
      [true, { TERM: 'dumb' }],
    ] as const) {
      const { stream, written } = recorder(tty);
      createTerminal(stream, environment).done('source SUCCEEDED', 12);
      expect(written.join('')).toBe('  ✓     12 ms  source SUCCEEDED\n');
    }
  });

  it('colours a real terminal', () => {
    const { stream, written } = recorder(true);
    createTerminal(stream, {}).failed('build FAILED');
    expect(written.join('')).toContain('\u001b[31m✗\u001b[0m');
  });
});
