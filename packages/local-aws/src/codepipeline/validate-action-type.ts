import type { ActionTypeSettings, CreateCustomActionTypeCommandInput } from '@aws-sdk/client-codepipeline';
import { limits } from './limits.ts';

const CATEGORIES = ['Source', 'Build', 'Deploy', 'Test', 'Invoke', 'Approval'];
const PROVIDER = /^[0-9A-Za-z_-]{1,35}$/;
const VERSION = /^[0-9A-Za-z_-]{1,9}$/;

/** Everything wrong with a custom action type, in the order of its fields; empty when it is good. */
export function actionTypeProblems(input: CreateCustomActionTypeCommandInput): string[] {
  const properties = input.configurationProperties ?? [];
  const names = properties.map((property) => property.name ?? '');
  const queryable = properties.filter((property) => property.queryable === true);
  return [
    ...when(
      !CATEGORIES.includes(input.category ?? ''),
      `category '${input.category}' is not one of ${CATEGORIES.join(', ')}`,
    ),
    ...when(
      !PROVIDER.test(input.provider ?? ''),
      `provider '${input.provider}' must be 1 to 35 of 0-9, A-Z, a-z, _ and -`,
    ),
    ...when(!VERSION.test(input.version ?? ''), `version '${input.version}' must be 1 to 9 of 0-9, A-Z, a-z, _ and -`),
    ...when(
      properties.length > limits.actionTypeProperties,
      `${properties.length} configuration properties; at most ${limits.actionTypeProperties} are allowed`,
    ),
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `property '${name}' is given twice`),
    ...properties.flatMap((p) => [
      ...when(
        (p.name ?? '').length < 1 || (p.name ?? '').length > limits.configurationKeyChars,
        `property name '${p.name}' must have 1 to 50 characters`,
      ),
      ...when((p.description ?? '').length > 160, `the description of '${p.name}' has more than 160 characters`),
    ]),
    ...when(queryable.length > 1, 'only one property can be queryable'),
    ...queryable.flatMap((p) =>
      when(
        p.required !== true || p.secret === true,
        `the queryable property '${p.name}' must be required and not secret`,
      ),
    ),
    ...countProblems('inputArtifactDetails', input.inputArtifactDetails),
    ...countProblems('outputArtifactDetails', input.outputArtifactDetails),
    ...settingsProblems(input.settings ?? {}, properties),
  ];
}

function countProblems(name: string, details: CreateCustomActionTypeCommandInput['inputArtifactDetails']): string[] {
  const { minimumCount = -1, maximumCount = -1 } = details ?? {};
  const good = minimumCount >= 0 && maximumCount <= limits.artifactsPerSide && minimumCount <= maximumCount;
  return when(!good, `${name} must have 0 <= minimumCount <= maximumCount <= ${limits.artifactsPerSide}`);
}

function settingsProblems(
  settings: ActionTypeSettings,
  properties: NonNullable<CreateCustomActionTypeCommandInput['configurationProperties']>,
): string[] {
  const usable = new Set(properties.filter((p) => p.required === true && p.secret !== true).map((p) => p.name));
  return Object.entries(settings).flatMap(([field, url]: [string, string]) => [
    ...when(url.length < 1 || url.length > 2_048, `${field} must have 1 to 2048 characters`),
    ...[...url.matchAll(/\{Config:([^}]+)\}/g)]
      .filter((match) => !usable.has(match[1] ?? ''))
      .map((match) => `${field} uses ${match[0]}, which is not a required property without secret`),
  ]);
}

function when(condition: boolean, problem: string): string[] {
  return condition ? [problem] : [];
}
