import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

const UNITS = {
  count: MetricUnit.Count,
  bytes: MetricUnit.Bytes,
  milliseconds: MetricUnit.Milliseconds,
} as const;

export interface Metric {
  /** `PackBytes`. */
  readonly name: string;
  readonly unit: keyof typeof UNITS;
  readonly value: number;
}

/** Puts what was measured of one piece of work, together. */
export type PutMetrics = (metrics: readonly Metric[]) => void;

/**
 * Metrics of the namespace `gitsource`, each with the dimension `service` (`POWERTOOLS_SERVICE_NAME`), as one line of the log, from which
 * CloudWatch makes them: no call, no permission.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(): PutMetrics {
  const metrics = new Metrics({ namespace: 'gitsource' });
  return (measured) => {
    for (const { name, unit, value } of measured) metrics.addMetric(name, UNITS[unit], value);
    metrics.publishStoredMetrics();
  };
}
