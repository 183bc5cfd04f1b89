import { isList, type Json, type JsonObject, textOf } from './json.ts';
import { TemplateError } from './template-error.ts';

/** A parameter's value after its type: lists are split, all else stays text. */
export type ParameterValue = string | readonly string[];

const TYPES = new Set([
  'String',
  'Number',
  'CommaDelimitedList',
  'List<Number>',
  'AWS::EC2::AvailabilityZone::Name',
  'AWS::EC2::SecurityGroup::Id',
  'AWS::EC2::Subnet::Id',
  'AWS::EC2::VPC::Id',
  'List<String>',
  'List<AWS::EC2::AvailabilityZone::Name>',
  'List<AWS::EC2::SecurityGroup::Id>',
  'List<AWS::EC2::Subnet::Id>',
  'List<AWS::EC2::VPC::Id>',
]);

const KEYS = [
  'Type',
  'Default',
  'Description',
  'AllowedValues',
  'AllowedPattern',
  'ConstraintDescription',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
  'NoEcho',
];

export function isNoEcho(declaration: JsonObject): boolean {
  return textOf(declaration.NoEcho) === 'true';
}

/** The declaration's default as text; `undefined` when there is none. */
export function defaultOf(declaration: JsonObject): string | undefined {
  const value = declaration.Default;
  return value === undefined ? undefined : isList(value) ? value.map(String).join(',') : textOf(value);
}

/** Problems of a declaration itself, whatever the value. */
export function declarationProblems(name: string, declaration: JsonObject): string[] {
  const type = declaration.Type;
  const problems = Object.keys(declaration)
    .filter((key) => !KEYS.includes(key))
    .map((key) => `Template format error: parameter ${name} has the unsupported key ${key}`);
  if (typeof type === 'string' && type.startsWith('AWS::SSM::')) {
    problems.push(
      `Template format error: parameter ${name}: Systems Manager parameter types (${type}) are not supported here`,
    );
  } else if (typeof type !== 'string' || !TYPES.has(type)) {
    problems.push(
      `Template format error: Unrecognized parameter type: ${JSON.stringify(type ?? null)} (parameter ${name})`,
    );
  }
  if (declaration.AllowedValues !== undefined && !isList(declaration.AllowedValues)) {
    problems.push(`Template format error: parameter ${name}: AllowedValues must be a list`);
  }
  const pattern = declaration.AllowedPattern;
  if (pattern !== undefined && compile(pattern) === undefined) {
    problems.push(
      `Template format error: parameter ${name}: AllowedPattern is not a regular expression: ${textOf(pattern)}`,
    );
  }
  return problems;
}

/** The value after its type; throws TemplateError when a constraint refuses it. */
export function parameterValue(name: string, declaration: JsonObject, given: string): ParameterValue {
  const type = textOf(declaration.Type);
  if (type === 'CommaDelimitedList' || type.startsWith('List<')) {
    // CloudFormation trims each item, and an empty string is an empty list for AWS-specific types.
    const items =
      given === '' ? (type === 'CommaDelimitedList' ? [''] : []) : given.split(',').map((item) => item.trim());
    for (const item of items) check(name, declaration, item, type === 'List<Number>');
    return items;
  }
  check(name, declaration, given, type === 'Number');
  return given;
}

function check(name: string, declaration: JsonObject, value: string, isNumber: boolean): void {
  const because = declaration.ConstraintDescription;
  // A secret must not come back in an error.
  const shown = isNoEcho(declaration) ? '****' : value;
  const refusal = (what: string) =>
    new TemplateError(
      typeof because === 'string'
        ? `Parameter ${name} failed to satisfy constraint: ${because}`
        : `Parameter ${name} ${what}: ${shown}`,
    );
  if (isNumber && (value.trim() === '' || !Number.isFinite(Number(value)))) {
    throw new TemplateError(`Parameter '${name}' must be a number: ${shown}`);
  }
  const allowed = declaration.AllowedValues;
  if (isList(allowed) && !allowed.some((item) => textOf(item) === value)) {
    const list = allowed.map(String).join(', ');
    throw refusal(`must be one of [${list}]`);
  }
  const pattern = compile(declaration.AllowedPattern);
  if (pattern !== undefined && !pattern.test(value))
    throw refusal(`must match pattern ${textOf(declaration.AllowedPattern)}`);
  if (isBelow(value.length, declaration.MinLength))
    throw refusal(`must contain at least ${textOf(declaration.MinLength)} characters`);
  if (isBelow(limit(declaration.MaxLength), value.length))
    throw refusal(`must contain at most ${textOf(declaration.MaxLength)} characters`);
  if (isNumber && isBelow(Number(value), declaration.MinValue))
    throw refusal(`must be a number not less than ${textOf(declaration.MinValue)}`);
  if (isNumber && isBelow(limit(declaration.MaxValue), Number(value)))
    throw refusal(`must be a number not greater than ${textOf(declaration.MaxValue)}`);
}

function compile(pattern: Json | undefined): RegExp | undefined {
  if (typeof pattern !== 'string') return undefined;
  try {
    // CloudFormation's patterns are Java's and match the whole value.
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    try {
      // Java allows escapes that the unicode mode refuses, such as `\-`.
      return new RegExp(`^(?:${pattern})$`);
    } catch {
      return undefined;
    }
  }
}

function limit(value: Json | undefined): number {
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
}

function isBelow(value: number, minimum: Json | undefined): boolean {
  return minimum !== undefined && value < Number(minimum);
}
