import { object, string, word } from './property.ts';
import { defineResource } from './resource-type.ts';

interface FunctionUrl {
  readonly FunctionArn: string;
  readonly FunctionUrl: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html */
export const lambdaUrl = defineResource({
  type: 'AWS::Lambda::Url',
  properties: object({
    AuthType: word('NONE'),
    InvokeMode: word('BUFFERED').optional(),
    TargetFunctionArn: string,
  }),
  attributes: ['FunctionArn', 'FunctionUrl'],
  replacedBy: ['TargetFunctionArn'],
  create: async (context, { TargetFunctionArn: FunctionName, ...url }) => {
    const made = await context.call<FunctionUrl>('lambda', 'CreateFunctionUrlConfig', { ...url, FunctionName });
    const attributes = { FunctionArn: made.FunctionArn, FunctionUrl: made.FunctionUrl };
    return { physicalId: made.FunctionArn, attributes };
  },
  update: async (context, { physicalId, attributes }, { TargetFunctionArn: FunctionName, ...url }) => {
    await context.call('lambda', 'UpdateFunctionUrlConfig', { ...url, FunctionName });
    return { physicalId, attributes };
  },
  delete: async (context, { properties: { TargetFunctionArn: FunctionName } }) => {
    await context.call('lambda', 'DeleteFunctionUrlConfig', { FunctionName });
  },
});
