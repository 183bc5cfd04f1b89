import { isList, isObject, type Json } from './json.ts';
import type { Template } from './template.ts';

/** Parameter names that `Metadata.AWS::CloudFormation::Interface` mentions and the template lacks; AWS's console shows them nowhere. */
export function interfaceProblems(template: Template): string[] {
  const layout = template.metadata['AWS::CloudFormation::Interface'];
  if (layout === undefined) return [];
  if (!isObject(layout)) return ['Template format error: AWS::CloudFormation::Interface must be a mapping'];
  const keys = Object.keys(layout).filter((key) => key !== 'ParameterGroups' && key !== 'ParameterLabels');
  const labels = isObject(layout.ParameterLabels) ? Object.keys(layout.ParameterLabels) : [];
  const groups = isList(layout.ParameterGroups) ? layout.ParameterGroups.flatMap(members) : [];
  return [
    ...keys.map((key) => `Template format error: AWS::CloudFormation::Interface has no key ${key}`),
    ...[...labels, ...groups]
      .filter((name) => !Object.hasOwn(template.parameters, name))
      .map((name) => `Template format error: AWS::CloudFormation::Interface names the unknown parameter ${name}`),
  ];
}

function members(group: Json): string[] {
  return isObject(group) && isList(group.Parameters) ? group.Parameters.map(String) : [];
}
