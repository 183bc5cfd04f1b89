import { document, object, string, strings } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html (roles only: there are no users here) */
export const iamPolicy = defineResource({
  type: 'AWS::IAM::Policy',
  properties: object({ PolicyName: string, PolicyDocument: document, Roles: strings }),
  attributes: ['Id'],
  replacedBy: [],
  capability: () => 'CAPABILITY_IAM',
  create: async (context, { PolicyName, PolicyDocument, Roles }) => {
    const physicalId = context.physicalName(64);
    for (const RoleName of Roles) await context.call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
    return { physicalId, attributes: { Id: physicalId } };
  },
  update: async (context, { physicalId, properties: before, attributes }, { PolicyName, PolicyDocument, Roles }) => {
    for (const RoleName of Roles) await context.call('iam', 'PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
    for (const RoleName of before.Roles) {
      if (before.PolicyName !== PolicyName || !Roles.includes(RoleName)) {
        await context.call('iam', 'DeleteRolePolicy', { RoleName, PolicyName: before.PolicyName });
      }
    }
    return { physicalId, attributes };
  },
  delete: async (context, { properties: { Roles, PolicyName } }) => {
    for (const RoleName of Roles) await context.call('iam', 'DeleteRolePolicy', { RoleName, PolicyName });
  },
});
