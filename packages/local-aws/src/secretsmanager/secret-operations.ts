import { randomUUID } from 'node:crypto';
import type * as sm from '@aws-sdk/client-secrets-manager';
import { operation, permit } from '../cloud/operation.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { SecretRecord } from './secret-record.ts';
import type { SecretStore } from './secret-store.ts';
import { putVersion, stagesByVersion } from './versions.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Secrets themselves: create, describe, update, delete, restore. */
export function secretOperations(store: SecretStore): Service['operations'] {
  const on = (action: string) => (input: { SecretId: string | undefined }) => store.permission(action, input.SecretId);
  return {
    CreateSecret: operation(
      (input: sm.CreateSecretRequest) => store.permission('CreateSecret', input.Name),
      (input, { principal }) => createSecret(store, input, principal),
    ),
    DescribeSecret: operation(on('DescribeSecret'), (input: sm.DescribeSecretRequest): sm.DescribeSecretResponse => {
      const secret = store.find(input.SecretId);
      return { ...secretView(secret), VersionIdsToStages: stagesByVersion(secret) };
    }),
    ListSecrets: operation(
      (_input: sm.ListSecretsRequest) => permit('secretsmanager:ListSecrets'),
      (input): sm.ListSecretsResponse => listSecrets(store, input),
    ),
    UpdateSecret: operation(on('UpdateSecret'), (input: sm.UpdateSecretRequest, { principal }) =>
      updateSecret(store, input, principal),
    ),
    DeleteSecret: operation(on('DeleteSecret'), (input: sm.DeleteSecretRequest): sm.DeleteSecretResponse => {
      return deleteSecret(store, input);
    }),
    RestoreSecret: operation(on('RestoreSecret'), (input: sm.RestoreSecretRequest): sm.RestoreSecretResponse => {
      const secret = store.find(input.SecretId);
      delete secret.deletedAt;
      delete secret.deletionDate;
      store.save(secret);
      return { ARN: secret.arn, Name: secret.name };
    }),
  };
}

async function createSecret(
  store: SecretStore,
  input: sm.CreateSecretRequest,
  principal: Principal,
): Promise<sm.CreateSecretResponse> {
  const name = input.Name ?? '';
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
    throw new ServiceError(
      'ValidationException',
      `"${name}" is not a secret name (letters, digits and /_+=.@-, at most 512).`,
    );
  }
  const existing = [...store.secrets.values()].find((secret) => secret.name === name);
  if (existing?.deletedAt !== undefined) {
    throw new ServiceError('InvalidRequestException', `A secret named ${name} is already scheduled for deletion.`);
  }
  if (existing !== undefined) {
    throw new ServiceError(
      'ResourceExistsException',
      `The operation failed because the secret ${name} already exists.`,
    );
  }
  const secret: SecretRecord = {
    arn: store.newArn(name),
    name,
    createdAt: store.now(),
    changedAt: store.now(),
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    versions: [],
  };
  if (input.Description !== undefined) secret.description = input.Description;
  if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId;
  const answer = { ARN: secret.arn, Name: name };
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    store.save(secret);
    return answer;
  }
  const id = input.ClientRequestToken ?? randomUUID();
  const version = await putVersion(store, principal, secret, id, input, ['AWSCURRENT']);
  return { ...answer, VersionId: version.id };
}

async function updateSecret(
  store: SecretStore,
  input: sm.UpdateSecretRequest,
  principal: Principal,
): Promise<sm.UpdateSecretResponse> {
  const secret = store.findActive(input.SecretId);
  if (input.Description !== undefined) secret.description = input.Description;
  if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId;
  secret.changedAt = store.now();
  store.save(secret);
  const answer = { ARN: secret.arn, Name: secret.name };
  if (input.SecretString === undefined && input.SecretBinary === undefined) return answer;
  const id = input.ClientRequestToken ?? randomUUID();
  const version = await putVersion(store, principal, secret, id, input, ['AWSCURRENT']);
  return { ...answer, VersionId: version.id };
}

function deleteSecret(store: SecretStore, input: sm.DeleteSecretRequest): sm.DeleteSecretResponse {
  const secret = store.findActive(input.SecretId);
  const answer = { ARN: secret.arn, Name: secret.name };
  if (input.ForceDeleteWithoutRecovery === true) {
    if (input.RecoveryWindowInDays !== undefined) {
      throw new ServiceError(
        'InvalidParameterException',
        'Give ForceDeleteWithoutRecovery or RecoveryWindowInDays, not both.',
      );
    }
    store.secrets.delete(secret.arn);
    return { ...answer, DeletionDate: new Date(store.cloud.now()) };
  }
  const days = input.RecoveryWindowInDays ?? 30;
  if (days < 7 || days > 30)
    throw new ServiceError('InvalidParameterException', 'RecoveryWindowInDays must be 7 to 30.');
  const DeletionDate = new Date(store.cloud.now() + days * DAY_MS);
  secret.deletedAt = store.now();
  secret.deletionDate = DeletionDate.toISOString();
  store.save(secret);
  return { ...answer, DeletionDate };
}

function listSecrets(store: SecretStore, input: sm.ListSecretsRequest): sm.ListSecretsResponse {
  const filters = input.Filters ?? [];
  const unsupported = filters.find(({ Key }) => Key !== 'name');
  if (unsupported !== undefined) {
    throw new ServiceError(
      'InvalidParameterException',
      `local-aws filters secrets by name only, not by ${unsupported.Key}.`,
    );
  }
  const secrets = [...store.secrets.values()]
    .filter(({ deletedAt }) => input.IncludePlannedDeletion === true || deletedAt === undefined)
    .filter(({ name }) => filters.every(({ Values = [] }) => Values.some((prefix) => name.startsWith(prefix))));
  return {
    SecretList: secrets.map((secret) => ({ ...secretView(secret), SecretVersionsToStages: stagesByVersion(secret) })),
  };
}

function secretView(secret: SecretRecord): Omit<sm.SecretListEntry, 'SecretVersionsToStages'> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    ...(secret.description !== undefined && { Description: secret.description }),
    ...(secret.kmsKeyId !== undefined && { KmsKeyId: secret.kmsKeyId }),
    ...(secret.deletedAt !== undefined && { DeletedDate: new Date(secret.deletedAt) }),
    ...(secret.lastAccessedDate !== undefined && { LastAccessedDate: new Date(secret.lastAccessedDate) }),
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
