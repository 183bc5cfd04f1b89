import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type { Cloud } from '../cloud/cloud.ts';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';

interface MetricRecord {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { Name: string; Value: string }[];
}

/** Metric data is appended to `cloudwatch/metrics.jsonl` and can be listed; statistics are not computed. */
export function metricOperations(cloud: Cloud): Service['operations'] {
  const metrics = cloud.collection<MetricRecord>('cloudwatch/metrics');
  return {
    PutMetricData: operation(
      (input: cloudwatch.PutMetricDataInput) => [
        {
          action: 'cloudwatch:PutMetricData',
          resource: '*',
          context: { 'cloudwatch:namespace': input.Namespace ?? '' },
        },
      ],
      (input) => {
        const receivedAt = new Date(cloud.now()).toISOString();
        const lines = (input.MetricData ?? []).map((datum) => {
          metrics.set(...metricEntry(input.Namespace ?? '', datum));
          return `${JSON.stringify({ receivedAt, namespace: input.Namespace, ...datum })}\n`;
        });
        appendFileSync(join(cloud.folder('cloudwatch'), 'metrics.jsonl'), lines.join(''), { mode: 0o600 });
      },
    ),
    ListMetrics: operation(
      (_input: cloudwatch.ListMetricsInput) => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
      (input): cloudwatch.ListMetricsOutput => {
        const found = [...metrics.values()]
          .filter(({ namespace }) => input.Namespace === undefined || namespace === input.Namespace)
          .filter(({ name }) => input.MetricName === undefined || name === input.MetricName);
        return {
          Metrics: found.map(({ namespace, name, dimensions }) => {
            return { Namespace: namespace, MetricName: name, Dimensions: [...dimensions] };
          }),
        };
      },
    ),
  };
}

function metricEntry(namespace: string, datum: cloudwatch.MetricDatum): [string, MetricRecord] {
  const dimensions = (datum.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({ Name, Value }));
  const name = datum.MetricName ?? '';
  return [JSON.stringify([namespace, name, dimensions]), { namespace, name, dimensions }];
}
