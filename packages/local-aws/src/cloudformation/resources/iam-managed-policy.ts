import { document, object, string, strings } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html (roles only) */
export const iamManagedPolicy = defineResource({
  type: 'AWS::IAM::ManagedPolicy',
  properties: object({
    Description: string.optional(),
    ManagedPolicyName: string.optional(),
    Path: string.optional(),
    PolicyDocument: document,
    Roles: strings.optional(),
  }),
  attributes: ['PolicyArn'],
  replacedBy: ['ManagedPolicyName', 'Path', 'Description'],
  nameProperty: 'ManagedPolicyName',
  capability: ({ ManagedPolicyName: name }) => (name === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'),
  create: async (context, { ManagedPolicyName, PolicyDocument, Description, Path, Roles = [] }) => {
    const input = { PolicyName: ManagedPolicyName ?? context.physicalName(128), PolicyDocument, Description, Path };
    const { Policy } = await context.call<{ Policy: { Arn: string } }>('iam', 'CreatePolicy', input);
    context.created(Policy.Arn);
    for (const RoleName of Roles) await context.call('iam', 'AttachRolePolicy', { RoleName, PolicyArn: Policy.Arn });
    return { physicalId: Policy.Arn, attributes: { PolicyArn: Policy.Arn } };
  },
  update: async (
    context,
    { physicalId: PolicyArn, properties: before, attributes },
    { PolicyDocument, Roles = [] },
  ) => {
    const old = before.Roles ?? [];
    if (PolicyDocument !== before.PolicyDocument) {
      const { Versions } = await context.call<{ Versions: { VersionId: string; IsDefaultVersion: boolean }[] }>(
        'iam',
        'ListPolicyVersions',
        { PolicyArn },
      );
      // At most five versions may exist; only the former default is worth keeping until the new one is there.
      for (const { VersionId, IsDefaultVersion } of Versions) {
        if (!IsDefaultVersion) await context.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
      }
      await context.call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true });
    }
    for (const RoleName of Roles)
      if (!old.includes(RoleName)) await context.call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
    for (const RoleName of old)
      if (!Roles.includes(RoleName)) await context.call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
    return { physicalId: PolicyArn, attributes };
  },
  delete: async (context, { physicalId: PolicyArn, properties: { Roles = [] } }) => {
    for (const RoleName of Roles) await context.call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
    const { Versions } = await context.call<{ Versions: { VersionId: string; IsDefaultVersion: boolean }[] }>(
      'iam',
      'ListPolicyVersions',
      { PolicyArn },
    );
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (!IsDefaultVersion) await context.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId });
    }
    await context.call('iam', 'DeletePolicy', { PolicyArn });
  },
});
