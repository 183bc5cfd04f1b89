import { describe, expect, it } from 'vitest';
import { StepLog } from './step-log.ts';

describe('StepLog', () => {
  it('writes one short line without secrets for whatever it is told', () => {
    const lines: string[] = [];
    const log = new StepLog((text) => lines.push(text), Date.now);

    log.line(`Fetched\r\nhttps://ada:hunter2@example.com/${'x'.repeat(1_000_000)}`);

    expect(lines).toEqual([expect.stringMatching(/^Fetched https:\/\/\*\*\*@example\.com\/x{7900,8000}…$/)]);
  });
});
