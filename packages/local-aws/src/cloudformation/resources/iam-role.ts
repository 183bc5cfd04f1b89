import * as z from 'zod';
import { document, integer, object, string, strings, tags } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';

const properties = object({
  AssumeRolePolicyDocument: document,
  Description: string.optional(),
  ManagedPolicyArns: strings.optional(),
  MaxSessionDuration: integer.optional(),
  Path: string.optional(),
  PermissionsBoundary: string.optional(),
  Policies: z.array(object({ PolicyName: string, PolicyDocument: document })).optional(),
  RoleName: string.optional(),
  Tags: tags.optional(),
});
type Role = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
export const iamRole = defineResource({
  type: 'AWS::IAM::Role',
  properties,
  attributes: ['Arn', 'RoleId'],
  replacedBy: ['RoleName', 'Path'],
  nameProperty: 'RoleName',
  capability: ({ RoleName: name }) => (name === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'),
  create: async (context, role) => {
    const name = role.RoleName ?? context.physicalName(64);
    const tagList = [...context.stackTags, ...(role.Tags ?? [])];
    const { Role: created } = await context.call<{ Role: { Arn: string; RoleId: string } }>('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: role.AssumeRolePolicyDocument,
      Description: role.Description,
      MaxSessionDuration: role.MaxSessionDuration,
      Path: role.Path,
      PermissionsBoundary: role.PermissionsBoundary,
      Tags: tagList.length === 0 ? undefined : tagList,
    });
    context.created(name);
    await writePolicies(context, name, role, undefined);
    return { physicalId: name, attributes: { Arn: created.Arn, RoleId: created.RoleId } };
  },
  update: async (context, { physicalId: RoleName, properties: before, attributes }, role) => {
    if (role.AssumeRolePolicyDocument !== before.AssumeRolePolicyDocument) {
      await context.call('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument: role.AssumeRolePolicyDocument });
    }
    if (role.Description !== before.Description || role.MaxSessionDuration !== before.MaxSessionDuration) {
      await context.call('iam', 'UpdateRole', {
        RoleName,
        Description: role.Description ?? '',
        MaxSessionDuration: role.MaxSessionDuration ?? 3600,
      });
    }
    if (role.PermissionsBoundary !== before.PermissionsBoundary) {
      if (role.PermissionsBoundary === undefined)
        await context.call('iam', 'DeleteRolePermissionsBoundary', { RoleName });
      else
        await context.call('iam', 'PutRolePermissionsBoundary', {
          RoleName,
          PermissionsBoundary: role.PermissionsBoundary,
        });
    }
    await writePolicies(context, RoleName, role, before);
    await writeTags(context, RoleName, role, before);
    return { physicalId: RoleName, attributes };
  },
  delete: async (context, { physicalId: RoleName }) => {
    const inline = await context.call<{ PolicyNames: string[] }>('iam', 'ListRolePolicies', { RoleName });
    const attached = await context.call<{ AttachedPolicies?: { PolicyArn: string }[] }>(
      'iam',
      'ListAttachedRolePolicies',
      { RoleName },
    );
    for (const PolicyName of inline.PolicyNames)
      await context.call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
    for (const { PolicyArn } of attached.AttachedPolicies ?? [])
      await context.call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
    await context.call('iam', 'DeleteRole', { RoleName });
  },
});

async function writePolicies(
  context: ResourceContext,
  RoleName: string,
  role: Role,
  before: Role | undefined,
): Promise<void> {
  const inline = new Map((role.Policies ?? []).map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]));
  const old = new Map((before?.Policies ?? []).map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]));
  for (const [PolicyName, PolicyDocument] of inline) {
    if (old.get(PolicyName) !== PolicyDocument)
      await context.call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
  }
  for (const PolicyName of old.keys())
    if (!inline.has(PolicyName)) await context.call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
  const attached = new Set(role.ManagedPolicyArns);
  const detached = new Set(before?.ManagedPolicyArns);
  for (const PolicyArn of attached)
    if (!detached.has(PolicyArn)) await context.call('iam', 'AttachRolePolicy', { RoleName, PolicyArn });
  for (const PolicyArn of detached)
    if (!attached.has(PolicyArn)) await context.call('iam', 'DetachRolePolicy', { RoleName, PolicyArn });
}

async function writeTags(context: ResourceContext, RoleName: string, role: Role, before: Role): Promise<void> {
  const tagList = [...context.stackTags, ...(role.Tags ?? [])];
  const kept = new Set(tagList.map(({ Key }) => Key));
  const gone = (before.Tags ?? []).map(({ Key }) => Key).filter((key) => !kept.has(key));
  if (tagList.length > 0) await context.call('iam', 'TagRole', { RoleName, Tags: tagList });
  if (gone.length > 0) await context.call('iam', 'UntagRole', { RoleName, TagKeys: gone });
}
