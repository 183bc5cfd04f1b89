import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { messageOperations } from './message-operations.ts';
import { queueOperations } from './queue-operations.ts';
import { QueueStore } from './queue-store.ts';

/** Simple Queue Service: standard queues with policies and redrive; FIFO queues and batches are not simulated. */
export function createSqs(cloud: Cloud): Service {
  const store = new QueueStore(cloud);
  return {
    name: 'sqs',
    operations: { ...queueOperations(store), ...messageOperations(store) },
    stop: async () => store.stop(),
  };
}
