import type * as rest from '@aws-sdk/client-api-gateway';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { badRequest, conflict, notFound, oneOf, refuseOthers } from './gateway-error.ts';
import { newId } from './http-api-store.ts';
import { functionArnOf } from './integration-operations.ts';
import { positionPage } from './page.ts';
import type { RestApiRecord, RestIntegration, RestMethod, RestResource } from './rest-api-record.ts';
import { methodOf, type RestApiStore, resourceOf } from './rest-api-store.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const TIMEOUT_MS = { least: 50, most: 29_000 };
const METHODS = ['ANY', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];
const METHOD = ['restApiId', 'resourceId', 'httpMethod', 'authorizationType', 'apiKeyRequired', 'operationName'];
const INTEGRATION = [
  'restApiId',
  'resourceId',
  'httpMethod',
  'type',
  'integrationHttpMethod',
  'uri',
  'connectionType',
  'passthroughBehavior',
  'timeoutInMillis',
];

/** Resources (paths), their methods, and the function behind each. */
export function restResourceOperations(store: RestApiStore): Service['operations'] {
  const on = (method: string) => (input: { restApiId: string | undefined; resourceId?: string | undefined }) =>
    store.permission(method, `/restapis/${input.restApiId}/resources/${input.resourceId ?? ''}`);
  return {
    CreateResource: operation(on('POST'), (input: rest.CreateResourceRequest): rest.Resource => {
      const api = store.api(input.restApiId);
      const resource = readResource(api, input);
      const id = newId(6);
      api.resources[id] = resource;
      store.save(api);
      return resourceView(id, resource);
    }),
    GetResource: operation(on('GET'), (input: rest.GetResourceRequest) =>
      resourceView(input.resourceId ?? '', resourceOf(store.api(input.restApiId), input.resourceId)),
    ),
    GetResources: operation(
      on('GET'),
      (input: rest.GetResourcesRequest): rest.Resources =>
        positionPage(
          Object.entries(store.api(input.restApiId).resources).map(([id, resource]) => resourceView(id, resource)),
          input,
        ),
    ),
    DeleteResource: operation(on('DELETE'), (input: rest.DeleteResourceRequest) => {
      const api = store.api(input.restApiId);
      const { parentId } = resourceOf(api, input.resourceId);
      if (parentId === undefined) throw badRequest('Cannot delete the root resource');
      for (const id of withChildren(api, input.resourceId ?? '')) delete api.resources[id];
      store.save(api);
    }),
    ...methodOperations(store),
  };
}

function methodOperations(store: RestApiStore): Service['operations'] {
  type At = { restApiId: string | undefined; resourceId: string | undefined; httpMethod: string | undefined };
  const on = (method: string) => (input: At) =>
    store.permission(method, `/restapis/${input.restApiId}/resources/${input.resourceId}/methods/${input.httpMethod}`);
  const find = (input: At): { api: RestApiRecord; resource: RestResource; name: string } => {
    const api = store.api(input.restApiId);
    return { api, resource: resourceOf(api, input.resourceId), name: input.httpMethod ?? '' };
  };
  const integrationOf = (input: At): rest.Integration => {
    const { resource, name } = find(input);
    const { integration } = methodOf(resource, name);
    if (integration === undefined) throw notFound('No integration defined for method');
    return integrationView(integration);
  };
  return {
    PutMethod: operation(on('PUT'), (input: rest.PutMethodRequest): rest.Method => {
      const { api, resource, name } = find(input);
      const method = readMethod(resource, input);
      resource.methods[name] = method;
      store.save(api);
      return methodView(name, method);
    }),
    GetMethod: operation(on('GET'), (input: rest.GetMethodRequest) => {
      const { resource, name } = find(input);
      return methodView(name, methodOf(resource, name));
    }),
    DeleteMethod: operation(on('DELETE'), (input: rest.DeleteMethodRequest) => {
      const { api, resource, name } = find(input);
      methodOf(resource, name);
      delete resource.methods[name];
      store.save(api);
    }),
    PutIntegration: operation(on('PUT'), (input: rest.PutIntegrationRequest): rest.Integration => {
      const { api, resource, name } = find(input);
      const integration = readIntegration(input);
      methodOf(resource, name).integration = integration;
      store.save(api);
      return integrationView(integration);
    }),
    GetIntegration: operation(on('GET'), (input: rest.GetIntegrationRequest) => integrationOf(input)),
    DeleteIntegration: operation(on('DELETE'), (input: rest.DeleteIntegrationRequest) => {
      integrationOf(input);
      const { api, resource, name } = find(input);
      delete methodOf(resource, name).integration;
      store.save(api);
    }),
  };
}

function readResource(api: RestApiRecord, input: rest.CreateResourceRequest): RestResource {
  const { parentId = '', pathPart = '' } = input;
  const parent = resourceOf(api, parentId);
  if (!/^([\w.:~!$&'()*+,;=@-]+|\{[\w.-]+\+?\})$/.test(pathPart)) {
    throw badRequest(`Resource's path part only allows a-zA-Z0-9._-: or a valid greedy path variable: ${pathPart}`);
  }
  if (parent.path.endsWith('+}')) throw badRequest('Cannot create a child of a resource with a greedy path variable');
  const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
  if (Object.values(api.resources).some((each) => each.path === path)) {
    throw conflict(`Another resource with the same parent already has this name: ${pathPart}`);
  }
  return { parentId, pathPart, path, methods: {} };
}

function withChildren(api: RestApiRecord, id: string): string[] {
  const children = Object.entries(api.resources).filter(([, { parentId }]) => parentId === id);
  return [id, ...children.flatMap(([child]) => withChildren(api, child))];
}

function readMethod(resource: RestResource, input: rest.PutMethodRequest): RestMethod {
  refuseOthers(input, METHOD);
  const name = input.httpMethod ?? '';
  if (!METHODS.includes(name)) throw badRequest(`Invalid HTTP method specified ${name}`);
  oneOf('authorizationType', input.authorizationType, ['NONE']);
  if (input.apiKeyRequired === true) throw badRequest('local-aws has no API keys');
  if (Object.hasOwn(resource.methods, name)) throw conflict('Method already exists for this resource');
  return input.operationName === undefined ? {} : { operationName: input.operationName };
}

function readIntegration(input: rest.PutIntegrationRequest): RestIntegration {
  refuseOthers(input, INTEGRATION);
  oneOf('type', input.type, ['AWS_PROXY']);
  oneOf('integrationHttpMethod', input.integrationHttpMethod ?? '', ['POST']);
  oneOf('connectionType', input.connectionType, ['INTERNET']);
  oneOf('passthroughBehavior', input.passthroughBehavior, ['WHEN_NO_MATCH']);
  const { uri = '', timeoutInMillis = TIMEOUT_MS.most } = input;
  // A bare function ARN, which HTTP APIs take, is refused here.
  if (!uri.includes(':lambda:path/') || functionArnOf(uri) === undefined) {
    throw badRequest(`Invalid ARN specified in the request: ${uri}`);
  }
  if (timeoutInMillis < TIMEOUT_MS.least || timeoutInMillis > TIMEOUT_MS.most) {
    throw badRequest(`Timeout should be between ${TIMEOUT_MS.least} ms and ${TIMEOUT_MS.most} ms`);
  }
  return { uri, timeoutInMillis };
}

function resourceView(id: string, { parentId, pathPart, path, methods }: RestResource): rest.Resource {
  const resourceMethods = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, methodView(name, method)]),
  );
  return {
    id,
    path,
    ...(parentId !== undefined && { parentId }),
    ...(pathPart !== undefined && { pathPart }),
    ...(Object.keys(methods).length > 0 && { resourceMethods }),
  };
}

function methodView(httpMethod: string, { operationName, integration }: RestMethod): rest.Method {
  return {
    httpMethod,
    authorizationType: 'NONE',
    apiKeyRequired: false,
    ...(operationName !== undefined && { operationName }),
    ...(integration !== undefined && { methodIntegration: integrationView(integration) }),
  };
}

function integrationView(integration: RestIntegration): rest.Integration {
  return { ...integration, type: 'AWS_PROXY', httpMethod: 'POST', passthroughBehavior: 'WHEN_NO_MATCH' };
}
