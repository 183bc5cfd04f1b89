import type { ResourceType } from '../resources/resource-type.ts';
import { type BoundTemplate, type ResourceValues, scopeOf } from './bind-template.ts';
import { interfaceProblems } from './check-interface.ts';
import { referenceProblems } from './check-references.ts';
import { ruleProblems } from './check-rules.ts';
import { type Dependencies, findCircle } from './dependency-order.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { isPending, PENDING } from './pending.ts';
import { propertyProblem, valueAt } from './property-problem.ts';
import { collect, TemplateError, validationError } from './template-error.ts';

export type ResourceTypes = Pick<ReadonlyMap<string, ResourceType>, 'get' | 'has'>;

export interface CheckedTemplate {
  /** Enabled resources and what each needs. */
  readonly dependencies: Dependencies;
  /** Capabilities that the caller must acknowledge, and for which resources. */
  readonly capabilities: ReadonlyMap<'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM', readonly string[]>;
}

/** Checks everything that can be known before the first resource exists; throws ValidationError with all problems. */
export function checkTemplate(bound: BoundTemplate, types: ResourceTypes): CheckedTemplate {
  const { template } = bound;
  const hasAttribute = (type: string, attribute: string) => {
    const attributes = types.get(type)?.attributes;
    return attributes === 'any' || attributes?.includes(attribute);
  };
  const problems = [
    ...interfaceProblems(template),
    ...referenceProblems(template, hasAttribute),
    ...ruleProblems(bound),
  ];
  const unknown = Object.values(template.resources).filter(({ type }) => type !== '' && !types.has(type));
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map(({ type }) => type))].join(', ');
    problems.push(`Template format error: Unrecognized resource types: [${names}]`);
  }
  const dependencies = new Map<string, Set<string>>();
  const capabilities = new Map<'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM', string[]>();
  for (const [id, resource] of Object.entries(template.resources)) {
    if (!isEnabled(bound, resource.condition, problems)) continue;
    const needs = new Set(
      resource.dependsOn.filter((other) => isEnabled(bound, template.resources[other]?.condition, [])),
    );
    dependencies.set(id, needs);
    const type = types.get(resource.type);
    if (type === undefined) continue;
    const properties = evaluateProperties(id, resource.properties, checkScope(bound, needs), problems);
    const { value, issues } = type.parse(properties);
    // A property that could not be evaluated is missing only because of that.
    if (Object.keys(properties).length === presentKeys(resource.properties, bound)) {
      const decided = issues.filter(({ path }) => !isPending(valueAt(properties, path)));
      problems.push(...decided.map((issue) => propertyProblem(id, resource.type, properties, issue)));
    }
    const capability = issues.length === 0 ? type.capability(value) : undefined;
    if (capability !== undefined) capabilities.set(capability, [...(capabilities.get(capability) ?? []), id]);
  }
  problems.push(...outputProblems(bound));
  const circle = findCircle(dependencies);
  if (circle !== undefined) problems.push(`Circular dependency between resources: [${circle.join(', ')}]`);
  if (problems.length > 0) throw validationError(problems);
  return { dependencies, capabilities };
}

export function isEnabled(bound: BoundTemplate, condition: string | undefined, problems: string[]): boolean {
  if (condition === undefined) return true;
  // An unknown condition is reported as a reference.
  if (!Object.hasOwn(bound.template.conditions, condition)) return false;
  return collect(problems, `Conditions.${condition}`, () => bound.condition(condition)) ?? false;
}

function checkScope(bound: BoundTemplate, needs: Set<string>): Scope {
  const need = (logicalId: string): Json => {
    const condition = bound.template.resources[logicalId]?.condition;
    if (!isEnabled(bound, condition, [])) {
      throw new TemplateError(
        `Template format error: Unresolved resource dependencies [${logicalId}]: its condition ${condition} is false`,
      );
    }
    needs.add(logicalId);
    return PENDING;
  };
  const resources: ResourceValues = { ref: need, getAtt: need };
  return scopeOf(bound, 'value', resources);
}

function evaluateProperties(id: string, properties: JsonObject, scope: Scope, problems: string[]): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(properties)) {
    const evaluated = collect(problems, `Resources.${id}.Properties.${key}`, () => evaluate(value, scope));
    if (evaluated !== undefined) result[key] = evaluated;
  }
  return result;
}

function presentKeys(properties: JsonObject, bound: BoundTemplate): number {
  const scope = checkScope(bound, new Set());
  return Object.values(properties).filter((value) => {
    try {
      return evaluate(value, scope) !== undefined;
    } catch {
      return true;
    }
  }).length;
}

function outputProblems(bound: BoundTemplate): string[] {
  const problems: string[] = [];
  for (const [name, output] of Object.entries(bound.template.outputs)) {
    const place = `Outputs.${name}`;
    for (const key of Object.keys(output)) {
      if (!['Value', 'Description', 'Export', 'Condition'].includes(key))
        problems.push(`Template format error: unsupported key ${key} (at ${place})`);
    }
    const condition = typeof output.Condition === 'string' ? output.Condition : undefined;
    if (!isEnabled(bound, condition, problems)) continue;
    if (output.Value === undefined) problems.push(`Template format error: Output ${name} has no Value`);
    const scope = checkScope(bound, new Set());
    const value = collect(problems, `${place}.Value`, () => evaluate(output.Value ?? '', scope));
    if (value !== undefined && typeof value === 'object')
      problems.push(`Template format error: Output ${name} is malformed: its Value must be a string`);
    const exported = output.Export;
    if (exported === undefined) continue;
    if (!isObject(exported) || exported.Name === undefined)
      problems.push(`Template format error: Output ${name} is malformed: Export needs a Name`);
    else collect(problems, `${place}.Export.Name`, () => evaluate(exported.Name ?? '', scope));
  }
  return problems;
}
