import { object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-resource.html */
export const apigatewayResource = defineResource({
  type: 'AWS::ApiGateway::Resource',
  properties: object({ ParentId: string, PathPart: string, RestApiId: string }),
  attributes: ['ResourceId'],
  replacedBy: 'all',
  create: async (context, { RestApiId: restApiId, ParentId: parentId, PathPart: pathPart }) => {
    const { id } = await context.call<{ id: string }>('apigateway', 'CreateResource', {
      restApiId,
      parentId,
      pathPart,
    });
    return { physicalId: id, attributes: { ResourceId: id } };
  },
  delete: async (context, { physicalId: resourceId, properties: { RestApiId: restApiId } }) => {
    await context.call('apigateway', 'DeleteResource', { restApiId, resourceId });
  },
});
