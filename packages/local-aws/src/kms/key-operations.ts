import type * as kms from '@aws-sdk/client-kms';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { KeyRecord } from './key-record.ts';
import type { KeyStore } from './key-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_DAYS = 365;

export function keyOperations(store: KeyStore): Service['operations'] {
  const on = (action: string) => (input: { KeyId?: string | undefined }) => store.permission(action, input.KeyId);
  const change = (action: string, apply: (key: KeyRecord) => void) =>
    operation(on(action), (input: { KeyId: string | undefined }) => {
      const key = store.find(input.KeyId);
      apply(key);
      store.save(key);
    });
  return {
    CreateKey: operation(
      (_input: kms.CreateKeyRequest) => permit('kms:CreateKey'),
      (input): kms.CreateKeyResponse => ({ KeyMetadata: metadata(store, createKey(store, input)) }),
    ),
    DescribeKey: operation(on('DescribeKey'), (input: kms.DescribeKeyRequest): kms.DescribeKeyResponse => {
      return { KeyMetadata: metadata(store, store.find(input.KeyId)) };
    }),
    ListKeys: operation(
      (_input: kms.ListKeysRequest) => permit('kms:ListKeys'),
      (): kms.ListKeysResponse => {
        return { Keys: [...store.keys.values()].map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), Truncated: false };
      },
    ),
    EnableKey: change('EnableKey', (key) => {
      key.enabled = true;
    }),
    DisableKey: change('DisableKey', (key) => {
      key.enabled = false;
    }),
    UpdateKeyDescription: operation(on('UpdateKeyDescription'), (input: kms.UpdateKeyDescriptionRequest) => {
      const key = store.find(input.KeyId);
      key.description = input.Description ?? '';
      store.save(key);
    }),
    GetKeyPolicy: operation(on('GetKeyPolicy'), (input: kms.GetKeyPolicyRequest): kms.GetKeyPolicyResponse => {
      return { Policy: store.find(input.KeyId).policy, PolicyName: 'default' };
    }),
    PutKeyPolicy: operation(on('PutKeyPolicy'), (input: kms.PutKeyPolicyRequest) => {
      const key = store.find(input.KeyId);
      key.policy = checkKeyPolicy(input.Policy ?? '');
      store.save(key);
    }),
    EnableKeyRotation: operation(on('EnableKeyRotation'), (input: kms.EnableKeyRotationRequest) => {
      const key = store.find(input.KeyId);
      key.rotationPeriodDays = input.RotationPeriodInDays ?? YEAR_DAYS;
      store.save(key);
    }),
    DisableKeyRotation: change('DisableKeyRotation', (key) => {
      delete key.rotationPeriodDays;
    }),
    GetKeyRotationStatus: operation(
      on('GetKeyRotationStatus'),
      (input: kms.GetKeyRotationStatusRequest): kms.GetKeyRotationStatusResponse => {
        const { rotationPeriodDays: days, id } = store.find(input.KeyId);
        const period = days === undefined ? {} : { RotationPeriodInDays: days };
        return { KeyRotationEnabled: days !== undefined, KeyId: id, ...period };
      },
    ),
    ...deletionOperations(store, on),
  };
}

function deletionOperations(
  store: KeyStore,
  on: (action: string) => (input: { KeyId?: string | undefined }) => ReturnType<KeyStore['permission']>,
): Service['operations'] {
  return {
    ScheduleKeyDeletion: operation(
      on('ScheduleKeyDeletion'),
      (input: kms.ScheduleKeyDeletionRequest): kms.ScheduleKeyDeletionResponse => {
        const key = store.find(input.KeyId);
        const PendingWindowInDays = input.PendingWindowInDays ?? 30;
        if (PendingWindowInDays < 7 || PendingWindowInDays > 30) {
          throw new ServiceError('ValidationException', 'PendingWindowInDays must be 7 to 30.');
        }
        const DeletionDate = new Date(store.cloud.now() + PendingWindowInDays * DAY_MS);
        key.deletionDate = DeletionDate.toISOString();
        key.enabled = false;
        store.save(key);
        return { KeyId: key.arn, DeletionDate, KeyState: 'PendingDeletion', PendingWindowInDays };
      },
    ),
    CancelKeyDeletion: operation(
      on('CancelKeyDeletion'),
      (input: kms.CancelKeyDeletionRequest): kms.CancelKeyDeletionResponse => {
        const key = store.find(input.KeyId);
        delete key.deletionDate;
        store.save(key);
        return { KeyId: key.arn };
      },
    ),
  };
}

function createKey(store: KeyStore, input: kms.CreateKeyRequest): KeyRecord {
  const isSymmetric = (input.KeySpec ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT';
  if (!isSymmetric || (input.KeyUsage ?? 'ENCRYPT_DECRYPT') !== 'ENCRYPT_DECRYPT') {
    throw new ServiceError('UnsupportedOperationException', 'local-aws has symmetric encryption keys only.');
  }
  const tags = Object.fromEntries((input.Tags ?? []).map(({ TagKey, TagValue }) => [TagKey ?? '', TagValue ?? '']));
  return store.create({
    tags,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Policy !== undefined && { policy: checkKeyPolicy(input.Policy) }),
  });
}

function checkKeyPolicy(policy: string): string {
  try {
    parsePolicy(policy, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
  return policy;
}

function metadata(store: KeyStore, key: KeyRecord): kms.KeyMetadata {
  return {
    AWSAccountId: store.cloud.accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: key.enabled,
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: key.deletionDate !== undefined ? 'PendingDeletion' : key.enabled ? 'Enabled' : 'Disabled',
    ...(key.deletionDate !== undefined && { DeletionDate: new Date(key.deletionDate) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  };
}
