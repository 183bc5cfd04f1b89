import type { ParameterStringFilter } from '@aws-sdk/client-ssm';
import { ServiceError } from '../cloud/service.ts';
import type { ParameterRecord } from './parameter-record.ts';
import { newest } from './parameter-store.ts';

type Matches = (parameter: ParameterRecord, value: string) => boolean;

/** By key and option, the first option being what is meant where none is given. */
const FILTERS: Readonly<Record<string, Readonly<Record<string, Matches>>>> = {
  Name: {
    Equals: ({ name }, value) => name === value,
    BeginsWith: ({ name }, value) => name.startsWith(value),
    Contains: ({ name }, value) => name.includes(value),
  },
  Path: {
    OneLevel: ({ name }, value) => isBelow(value, name, false),
    Recursive: ({ name }, value) => isBelow(value, name, true),
  },
  Type: { Equals: (parameter, value) => newest(parameter).type === value },
  Tier: { Equals: (_parameter, value) => value === 'Standard' },
};

/** Whether `name` is in the hierarchy `path` (`/`, `/a`, `/a/`), at once or however deep. */
export function isBelow(path: string, name: string, isRecursive: boolean): boolean {
  const start = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(start)) return false;
  return isRecursive || !name.slice(start.length).includes('/');
}

/** All filters must hold, of each any value; InvalidFilterKey, InvalidFilterOption for what is not known here. */
export function matchesFilters(parameter: ParameterRecord, filters: readonly ParameterStringFilter[] = []): boolean {
  return filters.every(({ Key = '', Option, Values = [] }) => {
    if (Key.startsWith('tag:')) return matchesTag(parameter, Key.slice('tag:'.length), Values);
    const options = FILTERS[Key];
    if (options === undefined) throw new ServiceError('InvalidFilterKey', `local-aws does not filter by ${Key}.`);
    const matches = Object.hasOwn(options, Option ?? '') ? options[Option ?? ''] : undefined;
    const usual = Option === undefined ? Object.values(options)[0] : matches;
    if (usual === undefined) throw new ServiceError('InvalidFilterOption', `${Key} cannot be filtered by ${Option}.`);
    return Values.some((value) => usual(parameter, value));
  });
}

function matchesTag({ tags }: ParameterRecord, key: string, values: readonly string[]): boolean {
  const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
  return value !== undefined && (values.length === 0 || values.includes(value));
}
