import type * as iam from '@aws-sdk/client-iam';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { findManagedPolicyDocument } from './aws-managed-policies.ts';
import type { ManagedPolicyRecord } from './role.ts';
import { checkDocument, type IamStore, newId, noSuchEntity, tagRecord } from './store.ts';

/** AWS keeps five versions of a managed policy. */
const MAX_VERSIONS = 5;

/** Customer managed policies and their versions. */
export function managedPolicyOperations(store: IamStore): Service['operations'] {
  const on = (action: string) => (input: { PolicyArn: string | undefined }) =>
    permit(`iam:${action}`, input.PolicyArn ?? '*');
  return {
    CreatePolicy: operation(
      (input: iam.CreatePolicyRequest) =>
        permit('iam:CreatePolicy', store.newArn('policy', input.Path ?? '/', input.PolicyName ?? '')),
      (input): iam.CreatePolicyResponse => ({ Policy: policyView(store, createPolicy(store, input)) }),
    ),
    GetPolicy: operation(on('GetPolicy'), (input: iam.GetPolicyRequest): iam.GetPolicyResponse => {
      const arn = input.PolicyArn ?? '';
      const isAwsPolicy = findManagedPolicyDocument(arn) !== undefined;
      if (isAwsPolicy) return { Policy: { Arn: arn, PolicyName: arn.split('/').at(-1), IsAttachable: true } };
      return { Policy: policyView(store, store.policy(arn)) };
    }),
    DeletePolicy: operation(on('DeletePolicy'), (input: iam.DeletePolicyRequest) => {
      const policy = store.policy(input.PolicyArn);
      if (attachments(store, policy.arn) > 0) {
        throw new ServiceError('DeleteConflictException', 'Cannot delete a policy attached to entities.', 409);
      }
      store.policies.delete(policy.arn);
    }),
    CreatePolicyVersion: operation(
      on('CreatePolicyVersion'),
      (input: iam.CreatePolicyVersionRequest): iam.CreatePolicyVersionResponse => {
        const policy = store.policy(input.PolicyArn);
        if (policy.versions.length >= MAX_VERSIONS) {
          throw new ServiceError(
            'LimitExceededException',
            `A policy has at most ${MAX_VERSIONS} versions; delete one first.`,
            409,
          );
        }
        const id = addVersion(store, policy, checkDocument(input.PolicyDocument, 'identity'));
        if (input.SetAsDefault === true) policy.defaultVersionId = id;
        store.policies.set(policy.arn, policy);
        return { PolicyVersion: versionView(policy, id) };
      },
    ),
    GetPolicyVersion: operation(
      on('GetPolicyVersion'),
      (input: iam.GetPolicyVersionRequest): iam.GetPolicyVersionResponse => {
        const policy = store.policy(input.PolicyArn);
        const document = version(policy, input.VersionId).document;
        const PolicyVersion = { ...versionView(policy, input.VersionId ?? ''), Document: encodeURIComponent(document) };
        return { PolicyVersion };
      },
    ),
    ListPolicyVersions: operation(
      on('ListPolicyVersions'),
      (input: iam.ListPolicyVersionsRequest): iam.ListPolicyVersionsResponse => {
        const policy = store.policy(input.PolicyArn);
        return { Versions: policy.versions.map(({ id }) => versionView(policy, id)), IsTruncated: false };
      },
    ),
    DeletePolicyVersion: operation(on('DeletePolicyVersion'), (input: iam.DeletePolicyVersionRequest) => {
      const policy = store.policy(input.PolicyArn);
      const { id } = version(policy, input.VersionId);
      if (id === policy.defaultVersionId) {
        throw new ServiceError('DeleteConflictException', 'Cannot delete the default version of a policy.', 409);
      }
      policy.versions = policy.versions.filter((other) => other.id !== id);
      store.policies.set(policy.arn, policy);
    }),
  };
}

function createPolicy(store: IamStore, input: iam.CreatePolicyRequest): ManagedPolicyRecord {
  const path = input.Path ?? '/';
  const arn = store.newArn('policy', path, input.PolicyName ?? '');
  if (store.policies.has(arn)) {
    throw new ServiceError('EntityAlreadyExistsException', `A policy called ${input.PolicyName} already exists.`, 409);
  }
  const policy: ManagedPolicyRecord = {
    name: input.PolicyName ?? '',
    id: newId('ANPA'),
    path,
    arn,
    defaultVersionId: 'v1',
    nextVersion: 1,
    versions: [],
    tags: tagRecord(input.Tags),
    createdAt: store.now(),
  };
  if (input.Description !== undefined) policy.description = input.Description;
  addVersion(store, policy, checkDocument(input.PolicyDocument, 'identity'));
  store.policies.set(arn, policy);
  return policy;
}

function addVersion(store: IamStore, policy: ManagedPolicyRecord, document: string): string {
  const id = `v${policy.nextVersion}`;
  policy.nextVersion += 1;
  policy.versions.push({ id, document, createdAt: store.now() });
  return id;
}

function version(policy: ManagedPolicyRecord, id: string | undefined): ManagedPolicyRecord['versions'][number] {
  const found = policy.versions.find((candidate) => candidate.id === id);
  if (found === undefined) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist.`);
  return found;
}

function attachments(store: IamStore, arn: string): number {
  return [...store.roles.values()].filter((role) => role.attachedPolicyArns.includes(arn)).length;
}

function versionView(policy: ManagedPolicyRecord, id: string): iam.PolicyVersion {
  const { createdAt } = version(policy, id);
  return { VersionId: id, IsDefaultVersion: id === policy.defaultVersionId, CreateDate: new Date(createdAt) };
}

function policyView(store: IamStore, policy: ManagedPolicyRecord): iam.Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments(store, policy.arn),
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    ...(policy.description !== undefined && { Description: policy.description }),
  };
}
