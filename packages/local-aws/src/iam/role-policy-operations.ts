import type * as iam from '@aws-sdk/client-iam';
import { operation, permit } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { checkDocument, type IamStore, noSuchEntity } from './store.ts';

/** Inline policies of roles, and managed policies attached to them. */
export function rolePolicyOperations(store: IamStore): Service['operations'] {
  const on = (action: string) => (input: { RoleName: string | undefined }) =>
    permit(`iam:${action}`, store.roleArn(input.RoleName));
  return {
    PutRolePolicy: operation(on('PutRolePolicy'), (input: iam.PutRolePolicyRequest) => {
      const role = store.role(input.RoleName);
      role.inlinePolicies[input.PolicyName ?? ''] = checkDocument(input.PolicyDocument, 'identity');
      store.roles.set(role.name, role);
    }),
    GetRolePolicy: operation(on('GetRolePolicy'), (input: iam.GetRolePolicyRequest): iam.GetRolePolicyResponse => {
      const document = store.role(input.RoleName).inlinePolicies[input.PolicyName ?? ''];
      if (document === undefined) throw noInlinePolicy(input.PolicyName);
      return { RoleName: input.RoleName, PolicyName: input.PolicyName, PolicyDocument: encodeURIComponent(document) };
    }),
    DeleteRolePolicy: operation(on('DeleteRolePolicy'), (input: iam.DeleteRolePolicyRequest) => {
      const role = store.role(input.RoleName);
      if (role.inlinePolicies[input.PolicyName ?? ''] === undefined) throw noInlinePolicy(input.PolicyName);
      delete role.inlinePolicies[input.PolicyName ?? ''];
      store.roles.set(role.name, role);
    }),
    ListRolePolicies: operation(
      on('ListRolePolicies'),
      (input: iam.ListRolePoliciesRequest): iam.ListRolePoliciesResponse => {
        return { PolicyNames: Object.keys(store.role(input.RoleName).inlinePolicies), IsTruncated: false };
      },
    ),
    AttachRolePolicy: operation(on('AttachRolePolicy'), (input: iam.AttachRolePolicyRequest) => {
      const role = store.role(input.RoleName);
      const arn = input.PolicyArn ?? '';
      store.requireAttachable(arn);
      if (!role.attachedPolicyArns.includes(arn)) role.attachedPolicyArns.push(arn);
      store.roles.set(role.name, role);
    }),
    DetachRolePolicy: operation(on('DetachRolePolicy'), (input: iam.DetachRolePolicyRequest) => {
      const role = store.role(input.RoleName);
      const at = role.attachedPolicyArns.indexOf(input.PolicyArn ?? '');
      if (at === -1) throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      role.attachedPolicyArns.splice(at, 1);
      store.roles.set(role.name, role);
    }),
    ListAttachedRolePolicies: operation(
      on('ListAttachedRolePolicies'),
      (input: iam.ListAttachedRolePoliciesRequest): iam.ListAttachedRolePoliciesResponse => {
        const arns = store.role(input.RoleName).attachedPolicyArns;
        const AttachedPolicies = arns.map((PolicyArn) => ({
          PolicyArn,
          PolicyName: PolicyArn.split('/').at(-1) ?? '',
        }));
        return { AttachedPolicies, IsTruncated: false };
      },
    ),
  };
}

function noInlinePolicy(name: string | undefined) {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}
