import type * as z from 'zod';
import { isList, isObject, type Json } from './json.ts';

/** One zod issue in CloudFormation's words: `Properties validation failed for resource Bucket (AWS::S3::Bucket): …`. */
export function propertyProblem(logicalId: string, type: string, properties: Json, issue: z.core.$ZodIssue): string {
  const start = `Properties validation failed for resource ${logicalId} (${type})`;
  const path = (last?: string) => `/${[...issue.path, ...(last === undefined ? [] : [last])].map(String).join('/')}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${start}: Encountered unsupported property ${key} (at ${path(key)})`).join('; ');
  }
  if (issue.path.length > 0 && valueAt(properties, issue.path) === undefined) {
    return `${start}: required key [${String(issue.path.at(-1))}] not found (at ${path()})`;
  }
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().find((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
    if (deepest !== undefined)
      return propertyProblem(logicalId, type, properties, { ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return `${start}: ${path()} ${issue.message}`;
}

/** What stands at an issue's path. */
export function valueAt(value: Json | undefined, path: readonly PropertyKey[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (isList(found)) found = found[Number(key)];
    else found = isObject(found) ? found[String(key)] : undefined;
  }
  return found;
}
