/**
 * A template's PascalCase keys as CodePipeline's and CodeBuild's API spells them: `ActionTypeId` → `actionTypeId`.
 * Below an `opaque` key (`Configuration`) the keys are the user's and stay; `renamed` are the API's exceptions.
 */
export function camelCase(
  value: unknown,
  rules: { readonly opaque?: readonly string[]; readonly renamed?: Readonly<Record<string, string>> } = {},
): unknown {
  if (Array.isArray(value)) return value.map((item) => camelCase(item, rules));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    const name = rules.renamed?.[key] ?? `${key.slice(0, 1).toLowerCase()}${key.slice(1)}`;
    return [name, rules.opaque?.includes(key) === true ? item : camelCase(item, rules)];
  });
  return Object.fromEntries(entries);
}
