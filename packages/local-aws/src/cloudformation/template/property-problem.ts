import type * as z from 'zod';

/** One zod issue in CloudFormation's words: `Properties validation failed for resource Bucket (AWS::S3::Bucket): …`. */
export function propertyProblem(logicalId: string, type: string, issue: z.core.$ZodIssue): string {
  const start = `Properties validation failed for resource ${logicalId} (${type})`;
  const path = (last?: string) => `/${[...issue.path, ...(last === undefined ? [] : [last])].map(String).join('/')}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${start}: Encountered unsupported property ${key} (at ${path(key)})`).join('; ');
  }
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return `${start}: required key [${String(issue.path.at(-1))}] not found (at ${path()})`;
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().find((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
    if (deepest !== undefined)
      return propertyProblem(logicalId, type, { ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return `${start}: ${path()} ${issue.message}`;
}
