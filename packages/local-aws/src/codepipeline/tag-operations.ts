import type {
  ListTagsForResourceCommandInput,
  ListTagsForResourceOutput,
  Tag,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { actionTypeArn, pipelineArn, webhookArn } from './arns.ts';
import { type Api, allow, operation } from './operation.ts';
import { mergeTags } from './tags.ts';

export function tagOperations(api: Api) {
  return {
    TagResource: operation(
      (input: TagResourceCommandInput) => allow('TagResource', input.resourceArn),
      (input) => {
        const resource = taggable(api, input.resourceArn);
        resource.write(mergeTags(resource.tags, input.tags ?? []));
        return {};
      },
    ),
    UntagResource: operation(
      (input: UntagResourceCommandInput) => allow('UntagResource', input.resourceArn),
      (input) => {
        const resource = taggable(api, input.resourceArn);
        resource.write(resource.tags.filter((tag) => !(input.tagKeys ?? []).includes(tag.key ?? '')));
        return {};
      },
    ),
    ListTagsForResource: operation(
      (input: ListTagsForResourceCommandInput) => allow('ListTagsForResource', input.resourceArn),
      (input): ListTagsForResourceOutput => ({ tags: taggable(api, input.resourceArn).tags }),
    ),
  };
}

function taggable(api: Api, arn: string | undefined): { tags: Tag[]; write(tags: Tag[]): void } {
  const { pipelines, actionTypes, webhooks } = api.store;
  const found =
    find(pipelines, (record) => pipelineArn(api.cloud, record.declaration.name) === arn) ??
    find(actionTypes, (record) => actionTypeArn(api.cloud, record.id) === arn) ??
    find(webhooks, (record) => webhookArn(api.cloud, record.definition.name ?? '') === arn);
  if (found !== undefined) return found;
  if (!/^arn:[^:]+:codepipeline:/.test(arn ?? ''))
    throw new ServiceError('InvalidArnException', `'${arn}' is not the ARN of a CodePipeline resource.`);
  throw new ServiceError('ResourceNotFoundException', `There is no resource ${arn}.`);
}

function find<T extends { tags: Tag[] }>(
  collection: { entries(): IterableIterator<[string, T]>; set(key: string, value: T): void },
  matches: (record: T) => boolean,
): { tags: Tag[]; write(tags: Tag[]): void } | undefined {
  const entry = [...collection.entries()].find(([, record]) => matches(record));
  if (entry === undefined) return undefined;
  const [key, record] = entry;
  return { tags: record.tags, write: (tags) => collection.set(key, { ...record, tags }) };
}
