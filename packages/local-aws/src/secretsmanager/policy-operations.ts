import type * as sm from '@aws-sdk/client-secrets-manager';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { SecretStore } from './secret-store.ts';

/** Resource-based policies and tags of secrets. */
export function policyOperations(store: SecretStore): Service['operations'] {
  const on = (action: string) => (input: { SecretId: string | undefined }) => store.permission(action, input.SecretId);
  return {
    PutResourcePolicy: operation(
      on('PutResourcePolicy'),
      (input: sm.PutResourcePolicyRequest): sm.PutResourcePolicyResponse => {
        const secret = store.findActive(input.SecretId);
        secret.policy = checkPolicy(input.ResourcePolicy ?? '');
        store.save(secret);
        return { ARN: secret.arn, Name: secret.name };
      },
    ),
    GetResourcePolicy: operation(
      on('GetResourcePolicy'),
      (input: sm.GetResourcePolicyRequest): sm.GetResourcePolicyResponse => {
        const secret = store.find(input.SecretId);
        return {
          ARN: secret.arn,
          Name: secret.name,
          ...(secret.policy !== undefined && { ResourcePolicy: secret.policy }),
        };
      },
    ),
    DeleteResourcePolicy: operation(
      on('DeleteResourcePolicy'),
      (input: sm.DeleteResourcePolicyRequest): sm.DeleteResourcePolicyResponse => {
        const secret = store.find(input.SecretId);
        delete secret.policy;
        store.save(secret);
        return { ARN: secret.arn, Name: secret.name };
      },
    ),
    TagResource: operation(on('TagResource'), (input: sm.TagResourceRequest) => {
      const secret = store.findActive(input.SecretId);
      for (const { Key, Value } of input.Tags ?? []) secret.tags[Key ?? ''] = Value ?? '';
      store.save(secret);
    }),
    UntagResource: operation(on('UntagResource'), (input: sm.UntagResourceRequest) => {
      const secret = store.findActive(input.SecretId);
      for (const key of input.TagKeys ?? []) delete secret.tags[key];
      store.save(secret);
    }),
  };
}

function checkPolicy(text: string): string {
  try {
    parsePolicy(text, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
  return text;
}
