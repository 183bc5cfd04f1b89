import { describe, expect, it } from 'vitest';
import { Conversions } from './conversions.ts';

function told(...files: readonly (readonly string[])[]): string[] {
  const lines: string[] = [];
  const conversions = new Conversions();
  for (const attributes of files) conversions.note(attributes);
  conversions.tell({ line: (text) => lines.push(text) });
  return lines;
}

describe('Conversions', () => {
  it('are told in one line, each attribute once', () => {
    expect(told(['eol=crlf', 'ident'], ['eol=crlf'])).toEqual([
      'Converted 2 files as a checkout does, by eol=crlf, ident',
    ]);
    expect(told(['ident'])).toEqual(['Converted 1 file as a checkout does, by ident']);
  });

  it('are not told where there are none', () => {
    expect(told()).toEqual([]);
  });

  it('are told in a short line, whatever a repository calls its encodings', () => {
    const files = Array.from({ length: 7 }, (_, n) => [`working-tree-encoding=${n}${'x'.repeat(1_000)}`]);

    const [line = ''] = told(...files);
    expect(line).toMatch(/^Converted 7 files .* and 2 more$/);
    expect(line.length).toBeLessThan(400);
  });
});
