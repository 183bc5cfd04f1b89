import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { alarmOperations } from './alarm-operations.ts';
import { metricOperations } from './metric-operations.ts';

/** CloudWatch: alarms as records and metric data as a file; nothing is evaluated. */
export function createCloudWatch(cloud: Cloud): Service {
  return { name: 'cloudwatch', operations: { ...alarmOperations(cloud), ...metricOperations(cloud) } };
}
