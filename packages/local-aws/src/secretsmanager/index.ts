import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { policyOperations } from './policy-operations.ts';
import { secretOperations } from './secret-operations.ts';
import { SecretStore } from './secret-store.ts';
import { valueOperations } from './value-operations.ts';

/** Secrets Manager: secrets with versions and stages, encrypted under KMS keys; rotation is not simulated. */
export function createSecretsManager(cloud: Cloud): Service {
  const store = new SecretStore(cloud);
  return {
    name: 'secretsmanager',
    operations: { ...secretOperations(store), ...valueOperations(store), ...policyOperations(store) },
  };
}
