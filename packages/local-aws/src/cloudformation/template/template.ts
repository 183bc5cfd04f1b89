import { isList, isObject, type Json, type JsonObject, textOf } from './json.ts';
import { parseTemplate } from './parse-template.ts';
import { validationError } from './template-error.ts';

/** A template whose sections have the right form; what is inside them is checked by who uses it. */
export interface Template {
  readonly text: string;
  readonly description: string | undefined;
  readonly metadata: JsonObject;
  readonly parameters: Readonly<Record<string, JsonObject>>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly rules: Readonly<Record<string, JsonObject>>;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, JsonObject>>;
}

export interface TemplateResource {
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition: string | undefined;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
}

export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];
const RESOURCE_KEYS = [
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
  'Description',
];
const NOT_HERE = ['CreationPolicy', 'UpdatePolicy'];
const LOGICAL_ID = /^[A-Za-z0-9]{1,255}$/;

/** Reads a template's sections; throws ValidationError with all problems of form. */
export function readTemplate(text: string): Template {
  const raw = parseTemplate(text);
  const problems: string[] = [];
  for (const key of Object.keys(raw)) {
    if (key === 'Transform') problems.push('Template format error: Transform (macros, SAM) is not supported here');
    else if (!SECTIONS.includes(key)) problems.push(`Invalid template property or properties [${key}]`);
  }
  checkHeader(raw, problems);
  const template: Template = {
    text,
    description: typeof raw.Description === 'string' ? raw.Description : undefined,
    metadata: section(raw, 'Metadata', problems),
    parameters: objects(section(raw, 'Parameters', problems), 'Parameters', problems),
    mappings: section(raw, 'Mappings', problems),
    conditions: section(raw, 'Conditions', problems),
    rules: objects(section(raw, 'Rules', problems), 'Rules', problems),
    resources: readResources(raw, problems),
    outputs: objects(section(raw, 'Outputs', problems), 'Outputs', problems),
  };
  if (problems.length > 0) throw validationError(problems);
  return template;
}

function checkHeader(raw: JsonObject, problems: string[]): void {
  const version = raw.AWSTemplateFormatVersion;
  if (version !== undefined && version !== '2010-09-09') {
    problems.push(
      `Template format error: ${textOf(version)} is not a supported AWSTemplateFormatVersion; use 2010-09-09`,
    );
  }
  const description = raw.Description;
  if (description !== undefined && typeof description !== 'string')
    problems.push('Template format error: Description must be text');
  else if (description !== undefined && Buffer.byteLength(description) > 1024) {
    problems.push('Template format error: Description must be at most 1,024 bytes');
  }
}

function section(raw: JsonObject, name: string, problems: string[]): JsonObject {
  const value = raw[name];
  if (value === undefined) return {};
  if (isObject(value)) return value;
  problems.push(`Template format error: ${name} must be a mapping`);
  return {};
}

function objects(value: JsonObject, name: string, problems: string[]): Record<string, JsonObject> {
  const result: Record<string, JsonObject> = {};
  for (const [key, item] of Object.entries(value)) {
    if (!LOGICAL_ID.test(key)) problems.push(`Template format error: ${name} name ${key} is non alphanumeric.`);
    if (isObject(item)) result[key] = item;
    else problems.push(`Template format error: every ${name} member must be an object (${key})`);
  }
  return result;
}

function readResources(raw: JsonObject, problems: string[]): Record<string, TemplateResource> {
  const all = objects(section(raw, 'Resources', problems), 'Resources', problems);
  if (Object.keys(all).length === 0)
    problems.push('Template format error: At least one Resources member must be defined.');
  return Object.fromEntries(Object.entries(all).map(([id, value]) => [id, readResource(id, value, problems)]));
}

function readResource(id: string, value: JsonObject, problems: string[]): TemplateResource {
  const wrong = (what: string) => problems.push(`Template format error: [/Resources/${id}] ${what}`);
  for (const key of Object.keys(value)) {
    if (NOT_HERE.includes(key)) wrong(`${key} is not supported here`);
    else if (!RESOURCE_KEYS.includes(key)) wrong(`Encountered unsupported resource attribute: ${key}`);
  }
  if (typeof value.Type !== 'string') wrong('Every Resources object must contain a Type member.');
  if (value.Properties !== undefined && !isObject(value.Properties)) wrong('Properties must be a mapping');
  if (value.Condition !== undefined && typeof value.Condition !== 'string')
    wrong('Condition must be the name of a condition');
  return {
    type: typeof value.Type === 'string' ? value.Type : '',
    properties: isObject(value.Properties) ? value.Properties : {},
    condition: typeof value.Condition === 'string' ? value.Condition : undefined,
    dependsOn: names(value.DependsOn, wrong),
    deletionPolicy: policy('DeletionPolicy', value.DeletionPolicy, wrong),
    updateReplacePolicy: policy('UpdateReplacePolicy', value.UpdateReplacePolicy, wrong),
  };
}

function names(value: Json | undefined, wrong: (what: string) => void): string[] {
  const list = value === undefined ? [] : isList(value) ? value : [value];
  if (list.every((item) => typeof item === 'string')) return [...list];
  wrong('DependsOn must be a logical ID or a list of logical IDs');
  return [];
}

function policy(key: string, value: Json | undefined, wrong: (what: string) => void): DeletionPolicy {
  if (value === undefined || value === 'Delete' || value === 'Retain') return value ?? 'Delete';
  if (value === 'RetainExceptOnCreate' && key === 'DeletionPolicy') return value;
  wrong(
    `Unrecognized ${key} ${JSON.stringify(value)}; supported here are Delete, Retain${key === 'DeletionPolicy' ? ' and RetainExceptOnCreate' : ''}`,
  );
  return 'Delete';
}
