import { describe, expect, it } from 'vitest';
import { readReport } from './read-report.ts';

const ID = '3f8b0e1c-0000-4000-8000-000000000001';

describe('readReport', () => {
  it('reads a cold invocation', () => {
    const line = `REPORT RequestId: ${ID}\tDuration: 80.30 ms\tBilled Duration: 570 ms\tMemory Size: 4096 MB\tMax Memory Used: 97 MB\tInit Duration: 488.91 ms\t`;

    expect(readReport(line)).toEqual({
      requestId: ID,
      durationMs: 80.3,
      billedMs: 570,
      memoryMb: 4096,
      peakMb: 97,
      initMs: 488.91,
    });
  });

  it('reads how one was ended, and nothing that is not there', () => {
    const line = `REPORT RequestId: ${ID}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tStatus: timeout`;

    expect(readReport(line)).toEqual({
      requestId: ID,
      durationMs: 3000,
      billedMs: 3000,
      memoryMb: 128,
      status: 'timeout',
    });
  });

  it('reads no other line', () => {
    expect(readReport(`END RequestId: ${ID}`)).toBeUndefined();
  });
});
