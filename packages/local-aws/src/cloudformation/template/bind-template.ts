import { evaluate, type Scope } from './evaluate.ts';
import { isObject, type Json, textOf } from './json.ts';
import { declarationProblems, defaultOf, type ParameterValue, parameterValue } from './parameters.ts';
import type { Template } from './template.ts';
import { collect, TemplateError, validationError } from './template-error.ts';

/** What pseudo parameters and imports mean for one stack. */
export interface Environment {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly notificationArns: readonly string[];
  /** Value of another stack's export. */
  exported(name: string): string | undefined;
}

/** A template with its parameters' values: what is left open is only what resources will say. */
export interface BoundTemplate {
  readonly template: Template;
  readonly environment: Environment;
  /** As given or defaulted, in clear, before lists are split. */
  readonly given: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, ParameterValue>>;
  condition(name: string): boolean;
}

/** What a resource's Ref and attributes are; while only checking, placeholders. */
export interface ResourceValues {
  ref(logicalId: string): Json;
  getAtt(logicalId: string, attribute: string): Json;
}

/** Values for the template's parameters and conditions; throws ValidationError with everything wrong in them. */
export function bindTemplate(
  template: Template,
  given: Readonly<Record<string, string>>,
  environment: Environment,
): BoundTemplate {
  const problems = Object.entries(template.parameters).flatMap(([name, declaration]) =>
    declarationProblems(name, declaration),
  );
  if (problems.length > 0) throw validationError(problems);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(template.parameters, name));
  if (unknown.length > 0) problems.push(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const clear: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, declaration] of Object.entries(template.parameters)) {
    const value = given[name] ?? defaultOf(declaration);
    if (value === undefined) missing.push(name);
    else clear[name] = value;
  }
  if (missing.length > 0) problems.push(`Parameters: [${missing.join(', ')}] must have values`);
  const values: Record<string, ParameterValue> = {};
  for (const [name, value] of Object.entries(clear)) {
    const result = collect(problems, '', () => parameterValue(name, template.parameters[name] ?? {}, value));
    if (result !== undefined) values[name] = result;
  }
  if (problems.length > 0) throw validationError(problems);
  const bound: BoundTemplate = {
    template,
    environment,
    given: clear,
    values,
    condition: conditionsOf(template, () => bound),
  };
  for (const name of Object.keys(template.conditions))
    collect(problems, `Conditions.${name}`, () => bound.condition(name));
  if (problems.length > 0) throw validationError(problems);
  return bound;
}

function conditionsOf(template: Template, bound: () => BoundTemplate): (name: string) => boolean {
  const known = new Map<string, boolean | 'evaluating'>();
  return (name) => {
    const found = known.get(name);
    if (found === 'evaluating') throw new TemplateError(`Template error: condition ${name} depends on itself`);
    if (found !== undefined) return found;
    const definition = template.conditions[name];
    if (!isObject(definition))
      throw new TemplateError(`Template format error: Unresolved condition dependency ${name}`);
    known.set(name, 'evaluating');
    const value = evaluate(definition, scopeOf(bound(), 'condition'));
    if (typeof value !== 'boolean')
      throw new TemplateError(`Template format error: Condition ${name} must be one condition function`);
    known.set(name, value);
    return value;
  };
}

/** The scope of a bound template; without `resources`, as in Conditions and Rules, only parameters have values. */
export function scopeOf(bound: BoundTemplate, place: Scope['place'], resources?: ResourceValues): Scope {
  const { template, environment, values } = bound;
  const isResource = (name: string) => Object.hasOwn(template.resources, name);
  const unresolved = (name: string) =>
    new TemplateError(`Template format error: Unresolved resource dependencies [${name}]`);
  return {
    place,
    mappings: template.mappings,
    region: environment.region,
    condition: (name) => bound.condition(name),
    refAll: (type) =>
      Object.keys(values).flatMap((name) =>
        textOf(template.parameters[name]?.Type).includes(type) ? (values[name] ?? []) : [],
      ),
    ref: (name) => {
      const value = values[name];
      if (value !== undefined) return value;
      if (name.startsWith('AWS::')) return pseudoParameter(name, environment);
      if (resources === undefined || !isResource(name)) throw unresolved(name);
      return resources.ref(name);
    },
    getAtt: (name, attribute) => {
      if (resources === undefined || !isResource(name)) throw unresolved(name);
      return resources.getAtt(name, attribute);
    },
    importValue: (name) => {
      const value = environment.exported(name);
      if (value === undefined) throw new TemplateError(`No export named ${name} found`);
      return value;
    },
  };
}

function pseudoParameter(name: string, environment: Environment): Json | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return environment.accountId;
    case 'AWS::NoValue':
      return undefined;
    case 'AWS::NotificationARNs':
      return environment.notificationArns;
    case 'AWS::Partition':
      return environment.partition;
    case 'AWS::Region':
      return environment.region;
    case 'AWS::StackId':
      return environment.stackId;
    case 'AWS::StackName':
      return environment.stackName;
    case 'AWS::URLSuffix':
      return environment.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    default:
      throw new TemplateError(`Template format error: unknown pseudo parameter ${name}`);
  }
}
