import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { ParameterStore } from './parameter-store.ts';
import { recordOperations } from './record-operations.ts';
import { valueOperations } from './value-operations.ts';

/** Systems Manager's Parameter Store: standard parameters with versions and tags; nothing else of Systems Manager. */
export function createSsm(cloud: Cloud): Service {
  const store = new ParameterStore(cloud);
  return { name: 'ssm', operations: { ...valueOperations(store), ...recordOperations(store) } };
}
