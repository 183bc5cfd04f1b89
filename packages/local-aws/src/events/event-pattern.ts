import { PatternError } from './pattern-error.ts';
import { compileFilter, type Filter, isObject, type Leaf } from './value-filter.ts';

/** True where an event matches. */
export type EventMatcher = (event: unknown) => boolean;

/** Parses and compiles a pattern; throws PatternError with the reason. */
export function compilePattern(text: string): EventMatcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new PatternError('the pattern is not JSON');
  }
  if (!isObject(pattern)) throw new PatternError('Filter is not an object');
  return compileObject(pattern);
}

/** Every field must match (AND); `$or` holds alternatives. */
function compileObject(pattern: Readonly<Record<string, unknown>>): EventMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new PatternError('Empty objects are not allowed');
  const tests = entries.map(([name, value]) => (name === '$or' ? compileOr(value) : compileField(name, value)));
  return (event) => tests.every((test) => test(event));
}

function compileOr(alternatives: unknown): EventMatcher {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw new PatternError('$or needs a list of at least two patterns');
  }
  const tests = alternatives.map(compileObject);
  return (event) => tests.some((test) => test(event));
}

function compileField(name: string, value: unknown): EventMatcher {
  if (isObject(value)) {
    const test = compileObject(value);
    // An array of objects matches where any of them does.
    return (event) => children(event, name).some(test);
  }
  if (!Array.isArray(value)) throw new PatternError(`"${name}" must be an object or an array`);
  if (value.length === 0) throw new PatternError(`Empty arrays are not allowed: "${name}"`);
  const filters = value.map(compileFilter);
  return (event) => matchesAny(filters, leaves(event, name));
}

/** Objects below a field; one absent object, so that `exists: false` can look into it. */
function children(event: unknown, name: string): unknown[] {
  const value = isObject(event) ? event[name] : undefined;
  const found = Array.isArray(value) ? value : [value];
  return found.length === 0 ? [undefined] : found;
}

function leaves(event: unknown, name: string): Leaf[] {
  const value = isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
  if (Array.isArray(value)) return value.filter(isLeaf);
  return isLeaf(value) ? [value] : [];
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value !== 'object';
}

function matchesAny(filters: readonly Filter[], values: readonly Leaf[]): boolean {
  return filters.some((filter) => values.some(filter));
}
