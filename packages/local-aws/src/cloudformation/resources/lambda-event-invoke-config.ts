import { integer, object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

const destination = object({ Destination: string });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html */
export const lambdaEventInvokeConfig = defineResource({
  type: 'AWS::Lambda::EventInvokeConfig',
  properties: object({
    DestinationConfig: object({ OnFailure: destination.optional(), OnSuccess: destination.optional() }).optional(),
    FunctionName: string,
    MaximumEventAgeInSeconds: integer.optional(),
    MaximumRetryAttempts: integer.optional(),
    Qualifier: string,
  }),
  attributes: [],
  replacedBy: ['FunctionName', 'Qualifier'],
  create: async (context, config) => {
    await context.call('lambda', 'PutFunctionEventInvokeConfig', config);
    return { physicalId: `${config.FunctionName}|${config.Qualifier}` };
  },
  // Put, not Update: it also takes away what the template no longer says.
  update: async (context, { physicalId }, config) => {
    await context.call('lambda', 'PutFunctionEventInvokeConfig', config);
    return { physicalId };
  },
  delete: async (context, { properties: { FunctionName, Qualifier } }) => {
    await context.call('lambda', 'DeleteFunctionEventInvokeConfig', { FunctionName, Qualifier });
  },
});
