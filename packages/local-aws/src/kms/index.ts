import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { aliasOperations } from './alias-operations.ts';
import { cryptoOperations } from './crypto-operations.ts';
import { keyOperations } from './key-operations.ts';
import { KeyStore } from './key-store.ts';

/** Key Management Service: symmetric keys with policies and aliases; asymmetric keys and grants are not simulated. */
export function createKms(cloud: Cloud): Service {
  const store = new KeyStore(cloud);
  return {
    name: 'kms',
    operations: { ...keyOperations(store), ...aliasOperations(store), ...cryptoOperations(store) },
  };
}
