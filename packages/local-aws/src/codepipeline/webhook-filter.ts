import type { WebhookDefinition } from '@aws-sdk/client-codepipeline';
import { parseJsonPath, readJsonPath } from './json-path.ts';

/**
 * Whether a delivery's body passes all filters. `matchEquals` may hold `{Branch}`: the value of that configuration key
 * of the target action, as `refs/heads/{Branch}`. A filter without `matchEquals` asks only that the value is there.
 */
export function matchFilters(
  filters: WebhookDefinition['filters'],
  body: unknown,
  configuration: Readonly<Record<string, string>>,
): boolean {
  return (filters ?? []).every((filter) => {
    const found = readJsonPath(body, parseJsonPath(filter.jsonPath ?? '') ?? ['']);
    if (filter.matchEquals === undefined) return found !== undefined;
    const wanted = filter.matchEquals.replaceAll(/\{([^{}]+)\}/g, (whole, key: string) => configuration[key] ?? whole);
    return ['string', 'number', 'boolean'].includes(typeof found) && String(found) === wanted;
  });
}
