import { object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html */
export const kmsAlias = defineResource({
  type: 'AWS::KMS::Alias',
  properties: object({ AliasName: string, TargetKeyId: string }),
  attributes: [],
  replacedBy: ['AliasName'],
  create: async (context, alias) => {
    await context.call('kms', 'CreateAlias', alias);
    return { physicalId: alias.AliasName };
  },
  update: async (context, { physicalId }, alias) => {
    await context.call('kms', 'UpdateAlias', alias);
    return { physicalId };
  },
  delete: async (context, { physicalId }) => {
    await context.call('kms', 'DeleteAlias', { AliasName: physicalId });
  },
});
