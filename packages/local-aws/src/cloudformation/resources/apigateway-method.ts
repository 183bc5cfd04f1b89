import type * as z from 'zod';
import { boolean, integer, object, string, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';

const properties = object({
  ApiKeyRequired: boolean.optional(),
  AuthorizationType: word('NONE'),
  HttpMethod: string,
  Integration: object({
    ConnectionType: word('INTERNET').optional(),
    IntegrationHttpMethod: word('POST'),
    PassthroughBehavior: word('WHEN_NO_MATCH').optional(),
    TimeoutInMillis: integer.optional(),
    Type: word('AWS_PROXY'),
    Uri: string,
  }),
  OperationName: string.optional(),
  ResourceId: string,
  RestApiId: string,
});
type Method = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html */
export const apigatewayMethod = defineResource({
  type: 'AWS::ApiGateway::Method',
  properties,
  attributes: [],
  // AWS replaces it for its key only; a new integration is put in place.
  replacedBy: ['RestApiId', 'ResourceId', 'HttpMethod', 'ApiKeyRequired', 'OperationName'],
  create: async (context, method) => {
    const physicalId = context.physicalName(100);
    await context.call('apigateway', 'PutMethod', {
      ...keyOf(method),
      authorizationType: method.AuthorizationType,
      apiKeyRequired: method.ApiKeyRequired,
      operationName: method.OperationName,
    });
    context.created(physicalId);
    await putIntegration(context, method);
    return { physicalId };
  },
  update: async (context, { physicalId }, method) => {
    await putIntegration(context, method);
    return { physicalId };
  },
  delete: async (context, { properties: method }) => {
    await context.call('apigateway', 'DeleteMethod', keyOf(method));
  },
});

function keyOf({ RestApiId: restApiId, ResourceId: resourceId, HttpMethod: httpMethod }: Method) {
  return { restApiId, resourceId, httpMethod };
}

async function putIntegration(context: ResourceContext, method: Method): Promise<void> {
  const { Type, IntegrationHttpMethod, Uri, ConnectionType, PassthroughBehavior, TimeoutInMillis } = method.Integration;
  await context.call('apigateway', 'PutIntegration', {
    ...keyOf(method),
    type: Type,
    integrationHttpMethod: IntegrationHttpMethod,
    uri: Uri,
    connectionType: ConnectionType,
    passthroughBehavior: PassthroughBehavior,
    timeoutInMillis: TimeoutInMillis,
  });
}
