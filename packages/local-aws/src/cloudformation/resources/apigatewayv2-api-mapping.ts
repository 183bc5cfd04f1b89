import { object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apimapping.html */
export const apigatewayv2ApiMapping = defineResource({
  type: 'AWS::ApiGatewayV2::ApiMapping',
  properties: object({
    ApiId: string,
    ApiMappingKey: string.optional(),
    DomainName: string,
    Stage: string,
  }),
  attributes: ['ApiMappingId'],
  replacedBy: ['DomainName'],
  create: async (context, mapping) => {
    const { ApiMappingId } = await context.call<{ ApiMappingId: string }>('apigatewayv2', 'CreateApiMapping', mapping);
    return { physicalId: ApiMappingId, attributes: { ApiMappingId } };
  },
  update: async (context, { physicalId: ApiMappingId, attributes }, mapping) => {
    await context.call('apigatewayv2', 'UpdateApiMapping', { ApiMappingKey: '', ...mapping, ApiMappingId });
    return { physicalId: ApiMappingId, attributes };
  },
  delete: async (context, { physicalId: ApiMappingId, properties: { DomainName } }) => {
    await context.call('apigatewayv2', 'DeleteApiMapping', { DomainName, ApiMappingId });
  },
});
