import { type EventField, eventFields, type Membership, mergeMembership } from './event-fields.ts';
import { PatternError } from './pattern-error.ts';
import { compileFilter, type Filter, isObject } from './value-filter.ts';

/** True where an event matches. */
export type EventMatcher = (event: unknown) => boolean;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const MAX_OR_COMBINATIONS = 1_000;

/** One field that must match, by any of its filters. */
interface Condition {
  readonly path: string;
  readonly filters: readonly Filter[];
}

/** Parses and compiles a pattern; throws PatternError with the reason. */
export function compilePattern(text: string): EventMatcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new PatternError('the pattern is not JSON');
  }
  if (!isObject(pattern)) throw new PatternError('Filter is not an object');
  const alternatives = compileObject(pattern, '').map(inOrder);
  return (event) => {
    const fields = eventFields(event);
    return alternatives.some((conditions) => matches(conditions, fields, 0, new Map()));
  };
}

/** Lists of conditions, of which one must hold whole: several only where there is an `$or`. */
function compileObject(pattern: Readonly<Record<string, unknown>>, path: string): Condition[][] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new PatternError('Empty objects are not allowed');
  let alternatives: Condition[][] = [[]];
  for (const [name, value] of entries) {
    const more = name === '$or' ? compileOr(value, path) : compileField(path === '' ? name : `${path}.${name}`, value);
    if (alternatives.length * more.length > MAX_OR_COMBINATIONS) {
      throw new PatternError(`$or gives more than ${MAX_OR_COMBINATIONS} combinations`);
    }
    alternatives = alternatives.flatMap((left) => more.map((right) => [...left, ...right]));
  }
  return alternatives;
}

function compileOr(alternatives: unknown, path: string): Condition[][] {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw new PatternError('$or needs a list of at least two patterns');
  }
  return alternatives.flatMap((alternative) => compileObject(alternative, path));
}

function compileField(path: string, value: unknown): Condition[][] {
  if (isObject(value)) return compileObject(value, path);
  const name = JSON.stringify(path.split('.').at(-1));
  if (!Array.isArray(value)) throw new PatternError(`${name} must be an object or an array`);
  if (value.length === 0) throw new PatternError(`Empty arrays are not allowed: ${name}`);
  return [[{ path, filters: value.map(compileFilter) }]];
}

/** The order matters to `exists: false`, which looks at the array elements that fields before it have settled on. */
function inOrder(conditions: readonly Condition[]): Condition[] {
  return [...conditions].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Finds a value for each condition such that no two stand in different elements of one array. */
function matches(
  conditions: readonly Condition[],
  fields: ReadonlyMap<string, readonly EventField[]>,
  at: number,
  membership: Membership,
): boolean {
  const condition = conditions[at];
  if (condition === undefined) return true;
  const { path, filters } = condition;
  const tried = new Set<string>();
  let isAbsent = true;
  for (const field of fields.get(path) ?? []) {
    const merged = mergeMembership(membership, field.membership);
    if (merged === undefined) continue;
    isAbsent = false;
    if (!filters.some((filter) => filter(field.value))) continue;
    // A list of a thousand values that match is one case, not a thousand.
    const key = [...merged].join(';');
    if (tried.has(key)) continue;
    tried.add(key);
    if (matches(conditions, fields, at + 1, merged)) return true;
  }
  return isAbsent && filters.some((filter) => filter(undefined)) && matches(conditions, fields, at + 1, membership);
}
