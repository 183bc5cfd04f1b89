import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { managedPolicyOperations } from './managed-policy-operations.ts';
import { roleOperations } from './role-operations.ts';
import { rolePolicyOperations } from './role-policy-operations.ts';
import { IamStore } from './store.ts';

/** Identity and Access Management: roles and policies; users, groups and instance profiles are not simulated. */
export function createIam(cloud: Cloud): Service {
  const store = new IamStore(cloud);
  return {
    name: 'iam',
    operations: { ...roleOperations(store), ...rolePolicyOperations(store), ...managedPolicyOperations(store) },
  };
}
