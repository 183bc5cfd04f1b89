import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { DEFAULT_BODY_TIMEOUT_MS, type FrontDoorLimits } from '../front-door/limits.ts';
import { AsyncInvocations } from './async-invocations.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { askRole } from './expect-role-may.ts';
import { functionOperations } from './function-operations.ts';
import { FunctionStore } from './function-store.ts';
import { functionUrlOperations } from './function-url-operations.ts';
import { functionUrlRoute } from './function-url-route.ts';
import { invokeOperation } from './invoke-operation.ts';
import { settingOperations } from './setting-operations.ts';

/** Lambda: each function's zip under AWS's own runtime client, in processes of this machine's Node. */
export function createLambda(cloud: Cloud, { bodyTimeoutMs = DEFAULT_BODY_TIMEOUT_MS }: FrontDoorLimits = {}): Service {
  const store = new FunctionStore(cloud);
  const pool = new EnvironmentPool(cloud);
  const queue = new AsyncInvocations(cloud, store, pool);
  return {
    name: 'lambda',
    operations: {
      ...functionOperations(store, pool),
      ...settingOperations(store),
      ...functionUrlOperations(store),
      Invoke: invokeOperation(store, pool, queue),
    },
    internal: askRole,
    httpRoutes: [functionUrlRoute(store, bodyTimeoutMs)],
    start: async () => queue.resume(),
    stop: async () => {
      queue.stop();
      await pool.stop();
    },
  };
}
