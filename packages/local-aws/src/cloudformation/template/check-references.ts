import { isList, isObject, type Json, textOf } from './json.ts';
import { parseSub } from './sub.ts';
import type { Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** Does a resource type have an attribute? `undefined`: the type is unknown, which is reported elsewhere. */
export type HasAttribute = (type: string, attribute: string) => boolean | undefined;

/**
 * References that no stack could resolve, also in branches that these parameters do not choose:
 * unknown parameters, resources, attributes and conditions in Resources and Outputs.
 */
export function referenceProblems(template: Template, hasAttribute: HasAttribute): string[] {
  const problems: string[] = [];
  const walk = walker(template, hasAttribute, problems);
  for (const [id, resource] of Object.entries(template.resources)) {
    walk(resource.properties, `Resources.${id}`);
    const condition = resource.condition;
    if (condition !== undefined) walk({ 'Fn::If': [condition, '', ''] }, `Resources.${id}.Condition`);
    for (const other of resource.dependsOn) {
      if (!Object.hasOwn(template.resources, other)) {
        problems.push(
          `Template format error: Unresolved resource dependencies [${other}] in the Resources block of the template (at Resources.${id}.DependsOn)`,
        );
      }
    }
  }
  for (const [name, output] of Object.entries(template.outputs)) {
    const { Condition: condition, ...rest } = output;
    walk(rest, `Outputs.${name}`);
    if (condition !== undefined) walk({ 'Fn::If': [condition, '', ''] }, `Outputs.${name}.Condition`);
  }
  return problems;
}

function walker(
  template: Template,
  hasAttribute: HasAttribute,
  problems: string[],
): (value: Json, place: string) => void {
  const unresolved = (name: string, place: string) =>
    problems.push(
      `Template format error: Unresolved resource dependencies [${name}] in the ${place.split('.')[0]} block of the template (at ${place})`,
    );
  const ref = (name: string, place: string) => {
    if (name.startsWith('AWS::') || Object.hasOwn(template.parameters, name) || Object.hasOwn(template.resources, name))
      return;
    unresolved(name, place);
  };
  const getAtt = (name: string, attribute: string | undefined, place: string) => {
    const resource = template.resources[name];
    if (resource === undefined) unresolved(name, place);
    else if (attribute !== undefined && hasAttribute(resource.type, attribute) === false) {
      problems.push(
        `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt (at ${place})`,
      );
    }
  };
  const sub = (argument: Json, place: string) => {
    const [text, given] = isList(argument) ? argument : [argument, {}];
    for (const name of names(text, place, problems)) {
      const dot = name.indexOf('.');
      if (isObject(given) && Object.hasOwn(given, name)) continue;
      if (dot < 0) ref(name, place);
      else getAtt(name.slice(0, dot), name.slice(dot + 1), place);
    }
  };
  const walk = (value: Json, place: string): void => {
    if (isList(value)) for (const [index, item] of value.entries()) walk(item, `${place}[${index}]`);
    if (!isObject(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (key === 'Ref' && typeof item === 'string' && Object.keys(value).length === 1) ref(item, place);
      else if (key === 'Fn::GetAtt') {
        const [name, attribute] = isList(item) ? item : textOf(item).split(/\.(.*)/s);
        getAtt(textOf(name), typeof attribute === 'string' ? attribute : undefined, place);
      } else if (key === 'Fn::Sub') sub(item, place);
      else if (key === 'Fn::If' && isList(item) && !Object.hasOwn(template.conditions, textOf(item[0]))) {
        problems.push(`Template format error: Unresolved condition dependency ${textOf(item[0])} (at ${place})`);
      }
      walk(item, key.startsWith('Fn::') || key === 'Ref' ? place : `${place}.${key}`);
    }
  };
  return walk;
}

function names(text: Json | undefined, place: string, problems: string[]): string[] {
  if (typeof text !== 'string') return [];
  try {
    return parseSub(text).flatMap((part) => ('name' in part ? [part.name] : []));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(`${error.message} (at ${place})`);
    return [];
  }
}
