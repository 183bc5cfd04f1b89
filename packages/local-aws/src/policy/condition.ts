import { findOperator, type Operator } from './operators.ts';
import type { RequestContext } from './request-context.ts';
import { resolvePattern } from './variables.ts';

/** One line of a Condition block: `{ "StringEquals": { "aws:SourceAccount": ["1"] } }`. */
export interface Condition {
  readonly operator: Operator | 'Null';
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  readonly key: string;
  readonly values: readonly string[];
}

/** Parses an operator's whole name: `ForAnyValue:StringLikeIfExists`. Throws PolicyError. */
export function parseOperator(name: string): Pick<Condition, 'operator' | 'quantifier' | 'ifExists'> {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(name);
  const base = match?.[2] ?? name;
  const quantifier = match?.[1] as Condition['quantifier'];
  return { operator: base === 'Null' ? 'Null' : findOperator(base), quantifier, ifExists: match?.[3] !== undefined };
}

/** Whether a request fits a condition. */
export function holds(condition: Condition, context: RequestContext): boolean {
  const actual = context.get(condition.key);
  const { operator, quantifier } = condition;
  if (operator === 'Null') {
    return condition.values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined));
  }
  if (actual === undefined || actual.length === 0) {
    return condition.ifExists || quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  }
  const fits = (value: string) => fitsAny(condition, operator, value, context) !== operator.negated;
  // A negated operator without quantifier asks that none of the values is listed.
  const every = quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  return every ? actual.every(fits) : actual.some(fits);
}

function fitsAny(condition: Condition, operator: Operator, value: string, context: RequestContext): boolean {
  const actual = operator.ignoreCase ? value.toLowerCase() : value;
  return condition.values.some((text) => {
    const expected = resolvePattern(text, context, operator.wildcards);
    if (expected === undefined) return false;
    return operator.compare(operator.ignoreCase ? lower(expected) : expected, actual);
  });
}

function lower(pattern: ReturnType<typeof resolvePattern> & object): typeof pattern {
  return pattern.map((part) => (typeof part === 'string' ? part.toLowerCase() : part));
}
