import { cidr } from './cidr.ts';
import type { Evaluate, IntrinsicFunction, Scope } from './evaluate.ts';
import { isList, isObject, type Json, sameJson } from './json.ts';
import { isPending, PENDING } from './pending.ts';
import { parseSub } from './sub.ts';
import { TemplateError } from './template-error.ts';

type Functions = Readonly<Record<string, IntrinsicFunction>>;

function fail(name: string, what: string): never {
  throw new TemplateError(`Template error: ${name} ${what}`);
}

/** Text of a scalar, as CloudFormation writes numbers and booleans into strings. */
function text(name: string, value: Json | undefined): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return fail(name, `needs a string, found ${value === undefined ? 'AWS::NoValue' : JSON.stringify(value)}`);
}

function list(name: string, value: Json | undefined): readonly Json[] {
  if (isPending(value)) return [PENDING];
  return isList(value)
    ? value
    : fail(name, `needs a list, found ${value === undefined ? 'AWS::NoValue' : JSON.stringify(value)}`);
}

/** Arguments given as a list of fixed length, unevaluated. */
function tuple(name: string, argument: Json, min: number, max = min): readonly Json[] {
  const items = list(name, argument);
  const expected = min === max ? `${min}` : `${min} to ${max}`;
  return items.length >= min && items.length <= max
    ? items
    : fail(name, `takes a list of ${expected} elements, found ${items.length}`);
}

const ref: IntrinsicFunction = (argument, _evaluate, scope) => scope.ref(text('Ref', argument));

const getAtt: IntrinsicFunction = (argument, evaluate, scope) => {
  const dotted =
    typeof argument === 'string' ? [argument.split('.')[0] ?? '', argument.split('.').slice(1).join('.')] : argument;
  const [resource, attribute] = tuple('Fn::GetAtt', dotted, 2);
  return scope.getAtt(text('Fn::GetAtt', resource), text('Fn::GetAtt', evaluate(attribute ?? null)));
};

const sub: IntrinsicFunction = (argument, evaluate, scope) => {
  const [template, given]: readonly Json[] =
    typeof argument === 'string' ? [argument, {}] : tuple('Fn::Sub', argument, 2);
  if (typeof template !== 'string' || !isObject(given))
    return fail('Fn::Sub', 'takes a string, or a list of a string and a mapping of variables');
  return parseSub(template)
    .map((part) => {
      if ('text' in part) return part.text;
      const local = given[part.name];
      return text(`Fn::Sub \${${part.name}}`, local === undefined ? subVariable(part.name, scope) : evaluate(local));
    })
    .join('');
};

function subVariable(name: string, scope: Scope): Json | undefined {
  const dot = name.indexOf('.');
  return dot < 0 ? scope.ref(name) : scope.getAtt(name.slice(0, dot), name.slice(dot + 1));
}

const ifFunction: IntrinsicFunction = (argument, evaluate, scope) => {
  const [name, whenTrue, whenFalse] = tuple('Fn::If', argument, 3);
  return evaluate((scope.condition(text('Fn::If', name)) ? whenTrue : whenFalse) ?? null);
};

const join: IntrinsicFunction = (argument, evaluate) => {
  const [delimiter, items] = tuple('Fn::Join', argument, 2);
  if (typeof delimiter !== 'string') return fail('Fn::Join', 'needs a string as delimiter');
  const values = list('Fn::Join', evaluate(items ?? null));
  return values.map((value) => text('Fn::Join', value)).join(delimiter);
};

const split: IntrinsicFunction = (argument, evaluate) => {
  const [delimiter, source] = tuple('Fn::Split', argument, 2);
  const separator = text('Fn::Split', delimiter);
  if (separator === '') return fail('Fn::Split', 'needs a non-empty delimiter');
  return text('Fn::Split', evaluate(source ?? null)).split(separator);
};

const select: IntrinsicFunction = (argument, evaluate) => {
  const [position, items] = tuple('Fn::Select', argument, 2);
  const index = text('Fn::Select', evaluate(position ?? null));
  const values = list('Fn::Select', evaluate(items ?? null));
  const value = /^\d+$/.test(index) ? values[Number(index)] : undefined;
  if (value === undefined && values.some(isPending)) return PENDING;
  return value ?? fail('Fn::Select', `cannot select nonexistent value at index ${index} of ${values.length}`);
};

const findInMap: IntrinsicFunction = (argument, evaluate, scope) => {
  const [mapName, first, second] = tuple('Fn::FindInMap', argument, 3).map((part) =>
    text('Fn::FindInMap', evaluate(part)),
  );
  const map = scope.mappings[mapName ?? ''];
  if (!isObject(map)) return fail('Fn::FindInMap', `: mapping ${mapName} does not exist`);
  const top = map[first ?? ''];
  if (!isObject(top)) return fail('Fn::FindInMap', `: unable to get mapping for ${mapName}::${first}::${second}`);
  const value = top[second ?? ''];
  return value ?? fail('Fn::FindInMap', `: unable to get mapping for ${mapName}::${first}::${second}`);
};

const importValue: IntrinsicFunction = (argument, evaluate, scope) =>
  scope.importValue(text('Fn::ImportValue', evaluate(argument)));

const base64: IntrinsicFunction = (argument, evaluate) =>
  Buffer.from(text('Fn::Base64', evaluate(argument))).toString('base64');

const cidrFunction: IntrinsicFunction = (argument, evaluate) => {
  const [block, count, bits] = tuple('Fn::Cidr', argument, 2, 3).map((part) => text('Fn::Cidr', evaluate(part)));
  if (isPending(block)) return Array.from({ length: Number(count) }, () => PENDING);
  return cidr(block ?? '', Number(count), bits === undefined ? undefined : Number(bits));
};

const getAzs: IntrinsicFunction = (argument, evaluate, scope) => {
  const region = text('Fn::GetAZs', evaluate(argument)) || scope.region;
  return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
};

const equals: IntrinsicFunction = (argument, evaluate) => {
  const [a, b] = tuple('Fn::Equals', argument, 2).map((part) => scalarText(evaluate(part)));
  return sameJson(a, b);
};

// A parameter's value is a string, a literal beside it may be a number or boolean.
function scalarText(value: Json | undefined): Json {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : (value ?? null);
}

function boolean(name: string, value: Json, evaluate: Evaluate): boolean {
  const result = evaluate(value);
  if (result === true || result === 'true') return true;
  if (result === false || result === 'false') return false;
  return fail(name, `needs conditions, found ${JSON.stringify(result)}`);
}

const and: IntrinsicFunction = (argument, evaluate) =>
  tuple('Fn::And', argument, 2, 10)
    .map((part) => boolean('Fn::And', part, evaluate))
    .every(Boolean);

const or: IntrinsicFunction = (argument, evaluate) =>
  tuple('Fn::Or', argument, 2, 10)
    .map((part) => boolean('Fn::Or', part, evaluate))
    .some(Boolean);

const not: IntrinsicFunction = (argument, evaluate) =>
  !boolean('Fn::Not', tuple('Fn::Not', argument, 1)[0] ?? null, evaluate);

const condition: IntrinsicFunction = (argument, _evaluate, scope) => scope.condition(text('Condition', argument));

function lists(name: string, argument: Json, evaluate: Evaluate): [readonly Json[], Json] {
  const [values, against] = tuple(name, argument, 2);
  return [list(name, evaluate(values ?? null)).map(scalarText), scalarText(evaluate(against ?? null))];
}

const contains: IntrinsicFunction = (argument, evaluate) => {
  const [values, value] = lists('Fn::Contains', argument, evaluate);
  return values.some((item) => sameJson(item, value));
};

const eachMemberEquals: IntrinsicFunction = (argument, evaluate) => {
  const [values, value] = lists('Fn::EachMemberEquals', argument, evaluate);
  return values.every((item) => sameJson(item, value));
};

const eachMemberIn: IntrinsicFunction = (argument, evaluate) => {
  const [values, allowed] = lists('Fn::EachMemberIn', argument, evaluate);
  const set = list('Fn::EachMemberIn', allowed).map(scalarText);
  return values.every((item) => set.some((one) => sameJson(one, item)));
};

const refAll: IntrinsicFunction = (argument, _evaluate, scope) => scope.refAll(text('Fn::RefAll', argument));

/** Allowed in Resources and Outputs. Fn::Length, Fn::ToJsonString and Fn::Transform need a macro and are not here. */
export const VALUE_FUNCTIONS: Functions = {
  Ref: ref,
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::If': ifFunction,
  'Fn::Join': join,
  'Fn::Split': split,
  'Fn::Select': select,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': importValue,
  'Fn::Base64': base64,
  'Fn::Cidr': cidrFunction,
  'Fn::GetAZs': getAzs,
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html */
export const CONDITION_FUNCTIONS: Functions = {
  Ref: ref,
  Condition: condition,
  'Fn::And': and,
  'Fn::Or': or,
  'Fn::Not': not,
  'Fn::Equals': equals,
  'Fn::FindInMap': findInMap,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::Sub': sub,
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html */
export const RULE_FUNCTIONS: Functions = {
  Ref: ref,
  'Fn::And': and,
  'Fn::Or': or,
  'Fn::Not': not,
  'Fn::Equals': equals,
  'Fn::Contains': contains,
  'Fn::EachMemberEquals': eachMemberEquals,
  'Fn::EachMemberIn': eachMemberIn,
  'Fn::RefAll': refAll,
};
