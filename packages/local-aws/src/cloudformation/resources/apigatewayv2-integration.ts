import { integer, object, string, word } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html */
export const apigatewayv2Integration = defineResource({
  type: 'AWS::ApiGatewayV2::Integration',
  properties: object({
    ApiId: string,
    ConnectionType: word('INTERNET').optional(),
    Description: string.optional(),
    IntegrationMethod: word('POST').optional(),
    IntegrationType: word('AWS_PROXY'),
    IntegrationUri: string,
    PayloadFormatVersion: word('2.0'),
    TimeoutInMillis: integer.optional(),
  }),
  attributes: ['IntegrationId'],
  replacedBy: ['ApiId'],
  create: async (context, integration) => {
    const { IntegrationId } = await context.call<{ IntegrationId: string }>(
      'apigatewayv2',
      'CreateIntegration',
      integration,
    );
    return { physicalId: IntegrationId, attributes: { IntegrationId } };
  },
  update: async (context, { physicalId: IntegrationId, attributes }, integration) => {
    const dropped = { Description: '', TimeoutInMillis: 30_000 };
    await context.call('apigatewayv2', 'UpdateIntegration', { ...dropped, ...integration, IntegrationId });
    return { physicalId: IntegrationId, attributes };
  },
  delete: async (context, { physicalId: IntegrationId, properties: { ApiId } }) => {
    await context.call('apigatewayv2', 'DeleteIntegration', { ApiId, IntegrationId });
  },
});
