import { randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { ServiceError } from '../cloud/service.ts';
import { type PolicyKind, parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { findManagedPolicyDocument, knownManagedPolicies } from './aws-managed-policies.ts';
import { MANAGED_POLICIES, type ManagedPolicyRecord, ROLES, type RoleRecord } from './role.ts';

/** IAM's state and what every operation asks of it. */
export class IamStore {
  readonly roles: Collection<RoleRecord>;
  readonly policies: Collection<ManagedPolicyRecord>;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.roles = cloud.collection(ROLES);
    this.policies = cloud.collection(MANAGED_POLICIES);
  }

  role(name: string | undefined): RoleRecord {
    const role = this.roles.get(name ?? '');
    if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  }

  policy(arn: string | undefined): ManagedPolicyRecord {
    const policy = this.policies.get(arn ?? '');
    if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  }

  /** Whether a policy can be attached; an AWS managed policy that is not modelled is told apart from a missing one. */
  requireAttachable(arn: string): void {
    if (this.policies.has(arn) || findManagedPolicyDocument(arn) !== undefined) return;
    const known = arn.includes(':iam::aws:')
      ? ` local-aws knows only these: ${knownManagedPolicies().join(', ')}.`
      : '';
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.${known}`);
  }

  roleArn(name: string | undefined): string {
    const path = this.roles.get(name ?? '')?.path ?? '/';
    return this.newArn('role', path, name ?? '*');
  }

  newArn(kind: 'role' | 'policy', path: string, name: string): string {
    return `arn:aws:iam::${this.#cloud.accountId}:${kind}${path}${name}`;
  }

  now(): string {
    return new Date(this.#cloud.now()).toISOString();
  }
}

/** `AROA` + 17 characters. */
export function newId(prefix: 'AROA' | 'ANPA'): string {
  return prefix + Array.from(randomBytes(17), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');
}

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError('NoSuchEntityException', message, 404);
}

/** Refuses a document that would later be evaluated wrongly or not at all. */
export function checkDocument(document: string | undefined, kind: PolicyKind): string {
  try {
    parsePolicy(document ?? '', kind);
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
  return document ?? '';
}

export function tagRecord(
  tags: readonly { Key: string | undefined; Value: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
