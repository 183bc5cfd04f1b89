import { randomUUID } from 'node:crypto';
import type * as sm from '@aws-sdk/client-secrets-manager';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { randomPassword } from './random-password.ts';
import { unseal } from './seal.ts';
import type { SecretStore } from './secret-store.ts';
import { findVersion, moveStage, putVersion } from './versions.ts';

/** Values and their versions. */
export function valueOperations(store: SecretStore): Service['operations'] {
  return {
    GetSecretValue: operation(
      (input: sm.GetSecretValueRequest) =>
        store.permission('GetSecretValue', input.SecretId, {
          'secretsmanager:VersionStage': input.VersionStage ?? 'AWSCURRENT',
          ...(input.VersionId !== undefined && { 'secretsmanager:VersionId': input.VersionId }),
        }),
      async (input, { principal }): Promise<sm.GetSecretValueResponse> => {
        const secret = store.findActive(input.SecretId);
        const version = findVersion(secret, input.VersionId, input.VersionStage);
        const value = await unseal(store.cloud, principal, secret, version);
        secret.lastAccessedDate = store.now().slice(0, 10);
        store.save(secret);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: version.id,
          ...(version.kind === 'string' ? { SecretString: value.toString('utf8') } : { SecretBinary: value }),
          VersionStages: [...version.stages],
          CreatedDate: new Date(version.createdAt),
        };
      },
    ),
    PutSecretValue: operation(
      (input: sm.PutSecretValueRequest) => store.permission('PutSecretValue', input.SecretId),
      async (input, { principal }): Promise<sm.PutSecretValueResponse> => {
        const secret = store.findActive(input.SecretId);
        const id = input.ClientRequestToken ?? randomUUID();
        const version = await putVersion(store, principal, secret, id, input, input.VersionStages ?? ['AWSCURRENT']);
        return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
      },
    ),
    UpdateSecretVersionStage: operation(
      (input: sm.UpdateSecretVersionStageRequest) => store.permission('UpdateSecretVersionStage', input.SecretId),
      (input): sm.UpdateSecretVersionStageResponse => updateStage(store, input),
    ),
    ListSecretVersionIds: operation(
      (input: sm.ListSecretVersionIdsRequest) => store.permission('ListSecretVersionIds', input.SecretId),
      (input): sm.ListSecretVersionIdsResponse => {
        const secret = store.find(input.SecretId);
        const versions = secret.versions.filter(({ stages }) => input.IncludeDeprecated === true || stages.length > 0);
        return {
          ARN: secret.arn,
          Name: secret.name,
          Versions: versions.map(({ id, stages, createdAt }) => {
            return { VersionId: id, VersionStages: [...stages], CreatedDate: new Date(createdAt) };
          }),
        };
      },
    ),
    GetRandomPassword: operation(
      (_input: sm.GetRandomPasswordRequest) => permit('secretsmanager:GetRandomPassword'),
      (input): sm.GetRandomPasswordResponse => ({ RandomPassword: randomPassword(input) }),
    ),
  };
}

function updateStage(
  store: SecretStore,
  input: sm.UpdateSecretVersionStageRequest,
): sm.UpdateSecretVersionStageResponse {
  const secret = store.findActive(input.SecretId);
  const stage = input.VersionStage ?? '';
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (input.RemoveFromVersionId !== undefined && holder?.id !== input.RemoveFromVersionId) {
    throw new ServiceError(
      'InvalidParameterException',
      `The stage ${stage} is not on version ${input.RemoveFromVersionId}.`,
    );
  }
  if (
    holder !== undefined &&
    input.MoveToVersionId !== undefined &&
    input.RemoveFromVersionId === undefined &&
    holder.id !== input.MoveToVersionId
  ) {
    throw new ServiceError(
      'InvalidParameterException',
      `The stage ${stage} is on ${holder.id}: name it in RemoveFromVersionId.`,
    );
  }
  if (input.MoveToVersionId !== undefined)
    moveStage(secret, stage, findVersion(secret, input.MoveToVersionId, undefined));
  else if (stage === 'AWSCURRENT')
    throw new ServiceError('InvalidParameterException', 'AWSCURRENT can be moved, not removed.');
  else if (holder !== undefined) holder.stages = holder.stages.filter((name) => name !== stage);
  store.save(secret);
  return { ARN: secret.arn, Name: secret.name };
}
