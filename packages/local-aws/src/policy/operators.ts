import { BlockList, isIP } from 'node:net';
import { PolicyError } from './policy-error.ts';
import { matchesPattern, type Pattern } from './wildcard.ts';

/** Compares one value of the policy with one of the request. */
export interface Operator {
  /** `StringNotEquals` and its like: true unless the comparison holds, and true for an absent key. */
  readonly negated: boolean;
  /** Whether `*` and `?` in the policy's value are wildcards. */
  readonly wildcards: boolean;
  readonly ignoreCase: boolean;
  compare(expected: Pattern, actual: string): boolean;
}

const text = (pattern: Pattern): string => pattern.map(String).join('');

function numbers(compare: (actual: number, expected: number) => boolean, negated = false): Operator {
  return scalar((actual, expected) => compare(Number(actual), Number(expected)), negated);
}

function dates(compare: (actual: number, expected: number) => boolean, negated = false): Operator {
  return scalar((actual, expected) => compare(toTime(actual), toTime(expected)), negated);
}

function scalar(compare: (actual: string, expected: string) => boolean, negated = false): Operator {
  return {
    negated,
    wildcards: false,
    ignoreCase: false,
    compare: (expected, actual) => compare(actual, text(expected)),
  };
}

function patterns(options: { wildcards: boolean; negated?: boolean; ignoreCase?: boolean }): Operator {
  return { negated: false, ignoreCase: false, ...options, compare: matchesPattern };
}

const equals = (a: number, b: number): boolean => a === b;

/** By name, without ForAllValues/ForAnyValue and IfExists. `Null` is not here: it asks for the key, not its value. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: patterns({ wildcards: false }),
  StringNotEquals: patterns({ wildcards: false, negated: true }),
  StringEqualsIgnoreCase: patterns({ wildcards: false, ignoreCase: true }),
  StringNotEqualsIgnoreCase: patterns({ wildcards: false, negated: true, ignoreCase: true }),
  StringLike: patterns({ wildcards: true }),
  StringNotLike: patterns({ wildcards: true, negated: true }),
  // AWS gives ArnEquals and ArnLike one meaning. A wildcard may span colons here, which AWS does not allow.
  ArnEquals: patterns({ wildcards: true }),
  ArnLike: patterns({ wildcards: true }),
  ArnNotEquals: patterns({ wildcards: true, negated: true }),
  ArnNotLike: patterns({ wildcards: true, negated: true }),
  Bool: patterns({ wildcards: false, ignoreCase: true }),
  NumericEquals: numbers(equals),
  NumericNotEquals: numbers(equals, true),
  NumericLessThan: numbers((a, b) => a < b),
  NumericLessThanEquals: numbers((a, b) => a <= b),
  NumericGreaterThan: numbers((a, b) => a > b),
  NumericGreaterThanEquals: numbers((a, b) => a >= b),
  DateEquals: dates(equals),
  DateNotEquals: dates(equals, true),
  DateLessThan: dates((a, b) => a < b),
  DateLessThanEquals: dates((a, b) => a <= b),
  DateGreaterThan: dates((a, b) => a > b),
  DateGreaterThanEquals: dates((a, b) => a >= b),
  IpAddress: scalar(isInRange),
  NotIpAddress: scalar(isInRange, true),
};

/** Throws PolicyError for a name that local-aws does not evaluate (BinaryEquals, or a typing error). */
export function findOperator(name: string): Operator {
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (operator === undefined) throw new PolicyError(`The condition operator ${name} is unknown.`);
  return operator;
}

/** Epoch seconds or ISO 8601. */
function toTime(value: string): number {
  return /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
}

function isInRange(actual: string, range: string): boolean {
  const [address = '', prefix] = range.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  return list.check(actual, isIP(actual) === 6 ? 'ipv6' : 'ipv4');
}
