import type { Progress } from '@gitsource/lanes';
import type { Metric } from '@gitsource/runtime/metrics';
import type { FetchOutcome } from './fetch-task.ts';

/** What counts an outcome. Nothing counts what somebody else had ended before. */
const COUNTERS: Readonly<Record<FetchOutcome, 'Succeeded' | 'Failed' | 'HandedOver' | undefined>> = {
  succeeded: 'Succeeded',
  uploaded: 'Succeeded',
  'already-there': 'Succeeded',
  'ref-missing': 'Succeeded',
  failed: 'Failed',
  'handed-over': 'HandedOver',
  finished: undefined,
};

/** What is measured of one task: how long, how many bytes came and went, and its end. */
export function taskMetrics(
  outcome: FetchOutcome,
  { packBytes, artifactBytes }: Progress,
  durationMs: number,
): readonly Metric[] {
  const counter = COUNTERS[outcome];
  return [
    { name: 'Duration', unit: 'milliseconds', value: durationMs },
    ...bytes('PackBytes', packBytes),
    ...bytes('ArtifactBytes', artifactBytes),
    ...(counter === undefined ? [] : [{ name: counter, unit: 'count', value: 1 } as const]),
  ];
}

/** What was not fetched or stored would only spoil the average. */
function bytes(name: string, value: number): readonly Metric[] {
  return value === 0 ? [] : [{ name, unit: 'bytes', value }];
}
