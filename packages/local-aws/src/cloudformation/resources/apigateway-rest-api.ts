import * as z from 'zod';
import { boolean, document, object, string, strings, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { tagChanges, tagMap } from './tag-changes.ts';

const properties = object({
  BinaryMediaTypes: strings.optional(),
  Description: string.optional(),
  DisableExecuteApiEndpoint: boolean.optional(),
  EndpointConfiguration: object({
    Types: z.array(word('PRIVATE', 'REGIONAL')),
    VpcEndpointIds: strings.optional(),
  }),
  Name: string,
  Policy: document.optional(),
  Tags: tags.optional(),
});
type RestApi = z.infer<typeof properties>;

interface Patch {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html */
export const apigatewayRestApi = defineResource({
  type: 'AWS::ApiGateway::RestApi',
  properties,
  attributes: ['RestApiId', 'RootResourceId'],
  replacedBy: [],
  create: async (context, api) => {
    const { id, rootResourceId } = await context.call<{ id: string; rootResourceId: string }>(
      'apigateway',
      'CreateRestApi',
      {
        name: api.Name,
        description: api.Description,
        endpointConfiguration: {
          types: api.EndpointConfiguration.Types,
          vpcEndpointIds: api.EndpointConfiguration.VpcEndpointIds,
        },
        policy: api.Policy,
        binaryMediaTypes: api.BinaryMediaTypes,
        disableExecuteApiEndpoint: api.DisableExecuteApiEndpoint,
        tags: tagMap(context, api.Tags),
      },
    );
    return { physicalId: id, attributes: { RestApiId: id, RootResourceId: rootResourceId } };
  },
  update: async (context, { physicalId: restApiId, properties: before, attributes }, api) => {
    const patchOperations = patches(before, api);
    if (patchOperations.length > 0) await context.call('apigateway', 'UpdateRestApi', { restApiId, patchOperations });
    await updateTags(context, `/restapis/${restApiId}`, before.Tags, api.Tags);
    return { physicalId: restApiId, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('apigateway', 'DeleteRestApi', { restApiId: physicalId });
  },
});

function patches(before: RestApi, after: RestApi): Patch[] {
  if (String(before.EndpointConfiguration.Types) !== String(after.EndpointConfiguration.Types)) {
    throw new Error('The type of a REST API cannot be changed here: make another one');
  }
  const replaced = ([path, from, to]: readonly [string, string | undefined, string | undefined]): Patch[] =>
    from === to ? [] : [{ op: 'replace', path, value: to ?? '' }];
  const endpoints = (api: RestApi) => api.EndpointConfiguration.VpcEndpointIds ?? [];
  const isDisabled = (api: RestApi) => String(api.DisableExecuteApiEndpoint ?? false);
  return [
    ...replaced(['/name', before.Name, after.Name]),
    ...replaced(['/description', before.Description, after.Description]),
    ...replaced(['/policy', before.Policy, after.Policy]),
    ...replaced(['/disableExecuteApiEndpoint', isDisabled(before), isDisabled(after)]),
    ...listPatches(before.BinaryMediaTypes, after.BinaryMediaTypes, (op, type) => ({
      op,
      path: `/binaryMediaTypes/${type.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    })),
    ...listPatches(endpoints(before), endpoints(after), (op, value) => ({
      op,
      path: '/endpointConfiguration/vpcEndpointIds',
      value,
    })),
  ];
}

function listPatches(
  before: readonly string[] = [],
  after: readonly string[] = [],
  patch: (op: 'add' | 'remove', item: string) => Patch,
): Patch[] {
  return [
    ...before.filter((item) => !after.includes(item)).map((item) => patch('remove', item)),
    ...after.filter((item) => !before.includes(item)).map((item) => patch('add', item)),
  ];
}

/** Brings the tags of a REST API's part up to date: `/restapis/abc`, `/restapis/abc/stages/v1`. */
export async function updateTags(
  context: ResourceContext,
  path: string,
  before: RestApi['Tags'],
  after: RestApi['Tags'],
): Promise<void> {
  const resourceArn = `arn:${context.partition}:apigateway:${context.region}::${path}`;
  const { set, removed } = tagChanges(context, before, after);
  const changed = Object.fromEntries(set.map(({ Key, Value }) => [Key, Value]));
  if (set.length > 0) await context.call('apigateway', 'TagResource', { resourceArn, tags: changed });
  if (removed.length > 0) await context.call('apigateway', 'UntagResource', { resourceArn, tagKeys: removed });
}
