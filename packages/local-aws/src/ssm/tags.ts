import { ServiceError } from '../cloud/service.ts';
import { invalid } from './errors.ts';

const MAX_TAGS = 50;

interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

/** Tags as they are kept; `before` are those that are there already. */
export function readTags(tags: readonly Tag[] = [], before: Readonly<Record<string, string>> = {}) {
  const all = { ...before };
  for (const { Key = '', Value = '' } of tags) {
    if (Key === '' || Key.length > 128 || Value.length > 256 || /^aws:/i.test(Key)) {
      throw invalid(`"${Key}" cannot be the key of a tag, or its value is too long`);
    }
    all[Key] = Value;
  }
  if (Object.keys(all).length > MAX_TAGS) {
    throw new ServiceError('TooManyTagsError', `A parameter has at most ${MAX_TAGS} tags.`);
  }
  return all;
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
