import { boolean, object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html */
export const lambdaPermission = defineResource({
  type: 'AWS::Lambda::Permission',
  properties: object({
    Action: string,
    FunctionName: string,
    Principal: string,
    PrincipalOrgID: string.optional(),
    SourceAccount: string.optional(),
    SourceArn: string.optional(),
    FunctionUrlAuthType: string.optional(),
    InvokedViaFunctionUrl: boolean.optional(),
  }),
  attributes: ['Id'],
  replacedBy: 'all',
  create: async (context, permission) => {
    const StatementId = context.physicalName(100);
    await context.call('lambda', 'AddPermission', { ...permission, StatementId });
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  delete: async (context, { physicalId, properties: { FunctionName } }) => {
    await context.call('lambda', 'RemovePermission', { FunctionName, StatementId: physicalId });
  },
});
