import type * as ssm from '@aws-sdk/client-ssm';
import { operation } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import { refuseOthers } from './errors.ts';
import { page } from './page.ts';
import { matchesFilters } from './parameter-filters.ts';
import type { ParameterRecord } from './parameter-record.ts';
import { newest, type ParameterStore } from './parameter-store.ts';
import { decryptValue } from './secure-value.ts';
import { readTags, tagList } from './tags.ts';

const MAX_PAGE = 50;
const USUAL_PAGE = 10;

/** Parameters without their values: descriptions, history, tags. */
export function recordOperations(store: ParameterStore): Service['operations'] {
  const { partition, region, accountId } = store.cloud;
  const onTagged =
    (action: string) =>
    (input: { ResourceId: string | undefined }): Permission[] => [store.permission(action, input.ResourceId)];
  return {
    DescribeParameters: operation(
      (_input: ssm.DescribeParametersRequest): Permission[] => [
        { action: 'ssm:DescribeParameters', resource: `arn:${partition}:ssm:${region}:${accountId}:*` },
      ],
      (input): ssm.DescribeParametersResult => {
        refuseOthers(input, ['ParameterFilters', 'MaxResults', 'NextToken']);
        const some = [...store.parameters.values()].filter((each) => matchesFilters(each, input.ParameterFilters));
        const { items, next } = page(some, input.NextToken, input.MaxResults, MAX_PAGE, USUAL_PAGE);
        return { Parameters: items.map((parameter) => metadata(store, parameter)), ...next };
      },
    ),
    GetParameterHistory: operation(
      (input: ssm.GetParameterHistoryRequest) => [store.permission('GetParameterHistory', input.Name)],
      async (input, { principal }): Promise<ssm.GetParameterHistoryResult> => {
        const { name, versions } = store.find(input.Name);
        const { items, next } = page(versions, input.NextToken, input.MaxResults, MAX_PAGE);
        const decrypt = (value: string) => decryptValue(store.cloud, principal, store.arn(name), value);
        const Parameters = items.map(
          async (version): Promise<ssm.ParameterHistory> => ({
            ...versionView(name, version),
            Value:
              input.WithDecryption === true && version.type === 'SecureString'
                ? await decrypt(version.value)
                : version.value,
            Labels: [],
          }),
        );
        return { Parameters: await Promise.all(Parameters), ...next };
      },
    ),
    AddTagsToResource: operation(
      onTagged('AddTagsToResource'),
      (input: ssm.AddTagsToResourceRequest): ssm.AddTagsToResourceResult => {
        const parameter = tagged(store, input);
        parameter.tags = readTags(input.Tags, parameter.tags);
        store.save(parameter);
        return {};
      },
    ),
    RemoveTagsFromResource: operation(
      onTagged('RemoveTagsFromResource'),
      (input: ssm.RemoveTagsFromResourceRequest): ssm.RemoveTagsFromResourceResult => {
        const parameter = tagged(store, input);
        for (const key of input.TagKeys ?? []) delete parameter.tags[key];
        store.save(parameter);
        return {};
      },
    ),
    ListTagsForResource: operation(
      onTagged('ListTagsForResource'),
      (input: ssm.ListTagsForResourceRequest): ssm.ListTagsForResourceResult => ({
        TagList: tagList(tagged(store, input).tags),
      }),
    ),
  };
}

function metadata(store: ParameterStore, parameter: ParameterRecord): ssm.ParameterMetadata {
  return { ...versionView(parameter.name, newest(parameter)), ARN: store.arn(parameter.name) };
}

function versionView(name: string, version: ParameterRecord['versions'][number]) {
  return {
    Name: name,
    Type: version.type,
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Tier: 'Standard',
    Policies: [],
    DataType: 'text',
    ...(version.keyId !== undefined && { KeyId: version.keyId }),
    ...(version.description !== undefined && { Description: version.description }),
  } as const satisfies ssm.ParameterMetadata;
}

function tagged(
  store: ParameterStore,
  { ResourceType, ResourceId }: { ResourceType: string | undefined; ResourceId: string | undefined },
): ParameterRecord {
  if (ResourceType !== 'Parameter') {
    throw new ServiceError(
      'InvalidResourceType',
      `local-aws has resources of the type Parameter, not ${ResourceType}.`,
    );
  }
  const parameter = store.lookup(ResourceId ?? '');
  if (parameter !== undefined) return parameter;
  throw new ServiceError('InvalidResourceId', `There is no parameter ${ResourceId}.`);
}
