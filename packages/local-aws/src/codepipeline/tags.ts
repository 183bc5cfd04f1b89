import type { Tag } from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { limits } from './limits.ts';

export function checkTags(tags: readonly Tag[] | undefined): Tag[] {
  const given = tags ?? [];
  if (given.length > limits.tags) {
    throw new ServiceError('TooManyTagsException', `${given.length} tags; a resource may have ${limits.tags}.`);
  }
  for (const tag of given) {
    if ((tag.key ?? '') === '' || tag.key?.toLowerCase().startsWith('aws:') === true) {
      throw new ServiceError('InvalidTagsException', `The tag key '${tag.key}' is empty or starts with aws:.`);
    }
  }
  return [...given];
}

/** New tags over old ones of the same key. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const merged = new Map([...old, ...added].map((tag) => [tag.key, tag]));
  return checkTags([...merged.values()]);
}
