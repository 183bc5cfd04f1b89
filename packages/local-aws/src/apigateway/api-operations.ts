import type * as apis from '@aws-sdk/client-apigatewayv2';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { badRequest, oneOf, refuseOthers } from './gateway-error.ts';
import type { ApiSettings, HttpApiRecord } from './http-api-record.ts';
import { type HttpApiStore, newId } from './http-api-store.ts';
import { itemsPage } from './page.ts';

const MEMBERS = ['Name', 'Description', 'Version', 'DisableExecuteApiEndpoint', 'IpAddressType'] as const;
/** The only one an HTTP API can have. */
const ROUTE_SELECTION = ['$request.method $request.path'];

/** HTTP APIs themselves. */
export function apiOperations(store: HttpApiStore): Service['operations'] {
  const on = (method: string) => (input: { ApiId: string | undefined }) =>
    store.permission(method, `/apis/${input.ApiId}`);
  return {
    CreateApi: operation(
      () => store.permission('POST', '/apis'),
      (input: apis.CreateApiRequest): apis.CreateApiResponse => {
        if (input.ProtocolType !== 'HTTP') throw badRequest(`local-aws has HTTP APIs only, not ${input.ProtocolType}`);
        const api: HttpApiRecord = {
          apiId: newId(),
          createdAt: store.cloud.now(),
          settings: readSettings(input, ['ProtocolType', 'Tags']),
          tags: { ...input.Tags },
          integrations: {},
          routes: {},
          stages: {},
        };
        store.save(api);
        return apiView(store, api);
      },
    ),
    GetApi: operation(on('GET'), (input: apis.GetApiRequest) => apiView(store, store.api(input.ApiId))),
    GetApis: operation(
      () => store.permission('GET', '/apis'),
      (input: apis.GetApisRequest): apis.GetApisResponse =>
        itemsPage(
          [...store.apis.values()].map((api) => apiView(store, api)),
          input,
        ),
    ),
    UpdateApi: operation(on('PATCH'), (input: apis.UpdateApiRequest): apis.UpdateApiResponse => {
      const api = store.api(input.ApiId);
      api.settings = readSettings(input, ['ApiId'], api.settings);
      store.save(api);
      return apiView(store, api);
    }),
    DeleteApi: operation(on('DELETE'), (input: apis.DeleteApiRequest) => {
      store.apis.delete(store.api(input.ApiId).apiId);
    }),
  };
}

function readSettings(
  input: apis.CreateApiRequest | apis.UpdateApiRequest,
  besides: readonly string[],
  before?: ApiSettings,
): ApiSettings {
  refuseOthers(input, [...MEMBERS, ...besides, 'RouteSelectionExpression']);
  oneOf('RouteSelectionExpression', input.RouteSelectionExpression, ROUTE_SELECTION);
  const Name = input.Name ?? before?.Name ?? '';
  if (Name.length < 1 || Name.length > 128) throw badRequest('Name must have 1 to 128 characters');
  const given = MEMBERS.flatMap((key) => (input[key] === undefined ? [] : [[key, input[key]]]));
  return { ...before, ...Object.fromEntries(given), Name };
}

function apiView(store: HttpApiStore, api: HttpApiRecord): apis.Api {
  return {
    ...api.settings,
    ApiId: api.apiId,
    ApiEndpoint: `${store.cloud.endpointUrl}/execute-api/${api.apiId}`,
    ProtocolType: 'HTTP',
    RouteSelectionExpression: '$request.method $request.path',
    ApiKeySelectionExpression: '$request.header.x-api-key',
    DisableExecuteApiEndpoint: api.settings.DisableExecuteApiEndpoint ?? false,
    IpAddressType: api.settings.IpAddressType ?? 'ipv4',
    CreatedDate: new Date(api.createdAt),
    Tags: api.tags,
  };
}
