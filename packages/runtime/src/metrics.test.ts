import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('metrics.ts', import.meta.url));

describe('createMetrics', () => {
  it('writes one line for CloudWatch, with nothing left of the last time', () => {
    const program = `
      import { createMetrics } from ${JSON.stringify(MODULE)};
      const putMetrics = createMetrics();
      putMetrics([{ name: 'Duration', unit: 'milliseconds', value: 812 }, { name: 'Succeeded', unit: 'count', value: 1 }]);
      putMetrics([{ name: 'PackBytes', unit: 'bytes', value: 7 }]);`;
    const written = execFileSync(
      process.execPath,
      ['--conditions=@gitsource/source', '--input-type=module', '-e', program],
      { encoding: 'utf8', env: { POWERTOOLS_SERVICE_NAME: 'source-fetch' } },
    );

    const lines = written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ service: 'source-fetch', Duration: 812, Succeeded: 1 }),
      expect.objectContaining({ service: 'source-fetch', PackBytes: 7 }),
    ]);
    expect(lines[0]._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'gitsource',
        Dimensions: [['service']],
        Metrics: [
          { Name: 'Duration', Unit: 'Milliseconds' },
          { Name: 'Succeeded', Unit: 'Count' },
        ],
      },
    ]);
    expect(lines[1]).not.toHaveProperty('Duration');
  });
});
