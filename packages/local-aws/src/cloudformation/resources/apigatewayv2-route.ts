import { boolean, object, string, word } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html */
export const apigatewayv2Route = defineResource({
  type: 'AWS::ApiGatewayV2::Route',
  properties: object({
    ApiId: string,
    ApiKeyRequired: boolean.optional(),
    AuthorizationType: word('NONE').optional(),
    OperationName: string.optional(),
    RouteKey: string,
    Target: string.optional(),
  }),
  attributes: ['RouteId'],
  replacedBy: ['ApiId'],
  create: async (context, route) => {
    const { RouteId } = await context.call<{ RouteId: string }>('apigatewayv2', 'CreateRoute', route);
    return { physicalId: RouteId, attributes: { RouteId } };
  },
  update: async (context, { physicalId: RouteId, attributes }, route) => {
    await context.call('apigatewayv2', 'UpdateRoute', { ...route, RouteId });
    return { physicalId: RouteId, attributes };
  },
  delete: async (context, { physicalId: RouteId, properties: { ApiId } }) => {
    await context.call('apigatewayv2', 'DeleteRoute', { ApiId, RouteId });
  },
});
