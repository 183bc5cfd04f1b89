import type { ServiceName } from '../../cloud/service.ts';
import type { ResourceContext, Tag } from './resource-type.ts';

/** All tags of a resource: the stack's, then its own, which win. */
export function allTags(context: ResourceContext, own: readonly Tag[] | undefined): Tag[] {
  const byKey = new Map([...context.stackTags, ...(own ?? [])].map((tag) => [tag.Key, tag]));
  return [...byKey.values()];
}

/** `{team: 'a'}`, for APIs whose tags are a map; `undefined` for none. */
export function tagMap(context: ResourceContext, own: readonly Tag[] | undefined): Record<string, string> | undefined {
  const tags = allTags(context, own);
  return tags.length === 0 ? undefined : Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** `[{key, value}]`, as CodePipeline and CodeBuild write tags; `undefined` for none. */
export function lowerCaseTags(
  context: ResourceContext,
  own: readonly Tag[] | undefined,
): { key: string; value: string }[] | undefined {
  const tags = allTags(context, own);
  return tags.length === 0 ? undefined : tags.map(({ Key: key, Value: value }) => ({ key, value }));
}

/** What an update has to set and remove. A tag removed from the stack (not the resource) stays on it. */
export function tagChanges(
  context: ResourceContext,
  before: readonly Tag[] | undefined,
  after: readonly Tag[] | undefined,
): { set: Tag[]; removed: string[] } {
  const old = new Map((before ?? []).map(({ Key, Value }) => [Key, Value]));
  const tags = allTags(context, after);
  const kept = new Set(tags.map(({ Key }) => Key));
  return {
    set: tags.filter(({ Key, Value }) => old.get(Key) !== Value),
    removed: [...old.keys()].filter((key) => !kept.has(key)),
  };
}

/** As `tagMap`, for types whose own tags are a map in the template as well. */
export function mergedTagMap(
  context: ResourceContext,
  own: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  return tagMap(context, tagList(own));
}

/** Brings the tags of a resource with an ARN up to date, where the API takes a map. */
export async function mapTagChanges(
  context: ResourceContext,
  change: {
    readonly service: ServiceName;
    readonly arn: string;
    readonly before: Readonly<Record<string, string>> | undefined;
    readonly after: Readonly<Record<string, string>> | undefined;
  },
): Promise<void> {
  const { set, removed } = tagChanges(context, tagList(change.before), tagList(change.after));
  const ResourceArn = change.arn;
  const Tags = Object.fromEntries(set.map(({ Key, Value }) => [Key, Value]));
  if (set.length > 0) await context.call(change.service, 'TagResource', { ResourceArn, Tags });
  if (removed.length > 0) await context.call(change.service, 'UntagResource', { ResourceArn, TagKeys: removed });
}

/** A map of tags as the list that most types have. */
export function tagList(tags: Readonly<Record<string, string>> = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
