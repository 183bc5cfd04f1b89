import { boolean, object, string, stringMap, word } from './property.ts';
import { defineResource } from './resource-type.ts';
import { mapTagChanges, mergedTagMap } from './tag-changes.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html */
export const apigatewayv2Api = defineResource({
  type: 'AWS::ApiGatewayV2::Api',
  properties: object({
    Description: string.optional(),
    DisableExecuteApiEndpoint: boolean.optional(),
    IpAddressType: word('ipv4', 'dualstack').optional(),
    Name: string,
    ProtocolType: word('HTTP'),
    RouteSelectionExpression: string.optional(),
    Tags: stringMap.optional(),
    Version: string.optional(),
  }),
  attributes: ['ApiEndpoint', 'ApiId'],
  replacedBy: ['ProtocolType'],
  create: async (context, { Tags: own, ...api }) => {
    const Tags = mergedTagMap(context, own);
    const { ApiId, ApiEndpoint } = await context.call<{ ApiId: string; ApiEndpoint: string }>(
      'apigatewayv2',
      'CreateApi',
      { ...api, Tags },
    );
    return { physicalId: ApiId, attributes: { ApiId, ApiEndpoint } };
  },
  update: async (context, { physicalId: ApiId, properties: before, attributes }, after) => {
    const { Tags: own, ProtocolType: _fixed, ...api } = after;
    await context.call('apigatewayv2', 'UpdateApi', { ...defaults(before), ...api, ApiId });
    const { partition, region } = context;
    await mapTagChanges(context, {
      service: 'apigatewayv2',
      arn: `arn:${partition}:apigateway:${region}::/apis/${ApiId}`,
      before: before.Tags,
      after: own,
    });
    return { physicalId: ApiId, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('apigatewayv2', 'DeleteApi', { ApiId: physicalId });
  },
});

/** What a property that the template drops goes back to. */
function defaults(before: object): object {
  const all = { Description: '', Version: '', DisableExecuteApiEndpoint: false, IpAddressType: 'ipv4' };
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in before));
}
