import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { groupOperations } from './group-operations.ts';
import { LogStore } from './log-store.ts';
import { streamOperations } from './stream-operations.ts';

/** CloudWatch Logs: groups, streams and events; retention is recorded and nothing is ever removed by it. */
export function createLogs(cloud: Cloud): Service {
  const store = new LogStore(cloud);
  return { name: 'logs', operations: { ...groupOperations(store), ...streamOperations(store) } };
}
