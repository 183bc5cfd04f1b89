import type * as rest from '@aws-sdk/client-api-gateway';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { badRequest, oneOf, refuseOthers } from './gateway-error.ts';
import { newId } from './http-api-store.ts';
import { positionPage } from './page.ts';
import { type Patch, patchedList, readPatches, unknownPatch } from './patch.ts';
import type { RestApiRecord, RestApiSettings } from './rest-api-record.ts';
import type { RestApiStore } from './rest-api-store.ts';
import { savedPolicy } from './rest-policy.ts';

const READ = [
  'name',
  'description',
  'endpointConfiguration',
  'policy',
  'binaryMediaTypes',
  'disableExecuteApiEndpoint',
  'tags',
];

/** REST APIs themselves: private ones and, without their own limits, regional ones. */
export function restApiOperations(store: RestApiStore): Service['operations'] {
  const on = (method: string) => (input: { restApiId: string | undefined }) =>
    store.permission(method, `/restapis/${input.restApiId}`);
  return {
    CreateRestApi: operation(
      () => store.permission('POST', '/restapis'),
      (input: rest.CreateRestApiRequest): rest.RestApi => {
        refuseOthers(input, READ);
        const [id, rootResourceId] = [newId(), newId()];
        const api: RestApiRecord = {
          id,
          createdAt: store.cloud.now(),
          rootResourceId,
          settings: readSettings(input, executeApiArn(store, id)),
          tags: { ...input.tags },
          resources: { [rootResourceId]: { path: '/', methods: {} } },
          deployments: {},
          stages: {},
        };
        store.save(api);
        return apiView(api);
      },
    ),
    GetRestApi: operation(on('GET'), (input: rest.GetRestApiRequest) => apiView(store.api(input.restApiId))),
    GetRestApis: operation(
      () => store.permission('GET', '/restapis'),
      (input: rest.GetRestApisRequest): rest.RestApis => positionPage([...store.apis.values()].map(apiView), input),
    ),
    UpdateRestApi: operation(on('PATCH'), (input: rest.UpdateRestApiRequest): rest.RestApi => {
      const api = store.api(input.restApiId);
      const arn = executeApiArn(store, api.id);
      const patched = readPatches(input.patchOperations).reduce(
        (to, patch) => patchSettings(to, patch, arn),
        api.settings,
      );
      checkEndpoint(patched);
      api.settings = patched;
      store.save(api);
      return apiView(api);
    }),
    DeleteRestApi: operation(on('DELETE'), (input: rest.DeleteRestApiRequest) => {
      store.apis.delete(store.api(input.restApiId).id);
    }),
  };
}

/** `arn:aws:execute-api:us-east-1:123456789012:abc`, front of what policies name. */
export function executeApiArn(store: RestApiStore, id: string): string {
  const { partition, region, accountId } = store.cloud;
  return `arn:${partition}:execute-api:${region}:${accountId}:${id}`;
}

function readSettings(input: rest.CreateRestApiRequest, arn: string): RestApiSettings {
  const { types = [], vpcEndpointIds = [], ...others } = input.endpointConfiguration ?? {};
  refuseOthers(others, [], 'endpointConfiguration.');
  const [type] = types;
  if (types.length !== 1 || (type !== 'PRIVATE' && type !== 'REGIONAL')) {
    throw badRequest(`local-aws has REST APIs of the types PRIVATE and REGIONAL, not ${types.join(', ') || 'EDGE'}`);
  }
  const settings: RestApiSettings = {
    name: input.name ?? '',
    ...(input.description !== undefined && { description: input.description }),
    type,
    vpcEndpointIds,
    ...(input.policy !== undefined && { policy: savedPolicy(input.policy, arn) }),
    binaryMediaTypes: input.binaryMediaTypes ?? [],
    disableExecuteApiEndpoint: input.disableExecuteApiEndpoint ?? false,
  };
  checkEndpoint(settings);
  return settings;
}

function checkEndpoint({ name, type, vpcEndpointIds }: RestApiSettings): void {
  if (name === '') throw badRequest('An API needs a name');
  if (vpcEndpointIds.length === 0) return;
  oneOf('an API with vpcEndpointIds of the type', type, ['PRIVATE']);
  const wrong = vpcEndpointIds.find((id) => !/^vpce-[0-9a-f]+$/.test(id));
  if (wrong !== undefined) throw badRequest(`${wrong} is not the ID of a VPC endpoint`);
}

function patchSettings(settings: RestApiSettings, patch: Patch, arn: string): RestApiSettings {
  const { op, path, value } = patch;
  const [name = '', item = ''] = path;
  if (name === 'binaryMediaTypes' && op !== 'replace') {
    return { ...settings, binaryMediaTypes: patchedList(settings.binaryMediaTypes, op, item) };
  }
  if (path.join('/') === 'endpointConfiguration/vpcEndpointIds' && op !== 'replace') {
    return { ...settings, vpcEndpointIds: patchedList(settings.vpcEndpointIds, op, value) };
  }
  if (op !== 'replace' || path.length !== 1) throw unknownPatch(patch);
  if (name === 'name' || name === 'description') return { ...settings, [name]: value };
  if (name === 'disableExecuteApiEndpoint') return { ...settings, disableExecuteApiEndpoint: value === 'true' };
  if (name !== 'policy') throw unknownPatch(patch);
  const { policy: _before, ...rest } = settings;
  return value === '' ? rest : { ...rest, policy: savedPolicy(value, arn) };
}

function apiView({ id, createdAt, rootResourceId, settings, tags }: RestApiRecord): rest.RestApi {
  const { type, vpcEndpointIds, binaryMediaTypes, ...others } = settings;
  return {
    ...others,
    id,
    rootResourceId,
    createdDate: new Date(createdAt),
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: [type], ...(vpcEndpointIds.length > 0 && { vpcEndpointIds: [...vpcEndpointIds] }) },
    ...(binaryMediaTypes.length > 0 && { binaryMediaTypes: [...binaryMediaTypes] }),
    tags,
  };
}
