import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { validationError } from './template-error.ts';

/** Short forms that are not `Fn::` + their name. */
const SPECIAL_TAGS: Readonly<Record<string, string>> = { '!Ref': 'Ref', '!Condition': 'Condition' };

const SHORT_FORMS = new Set(
  'Sub If GetAtt Join Select Split FindInMap ImportValue Base64 Cidr GetAZs Length ToJsonString And Or Not Equals Contains EachMemberEquals EachMemberIn RefAll ValueOf ValueOfAll Transform'
    .split(' ')
    .map((name) => `!${name}`),
);

/** YAML's own tags that CloudFormation does not read; without them a policy's `Version: 2012-10-17` stays text. */
const LEFT_OUT = new Set(
  ['timestamp', 'binary', 'omap', 'pairs', 'set', 'merge'].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * Template text, YAML 1.1 or JSON, to plain JSON with every short form (`!Sub x`) written out (`{'Fn::Sub': 'x'}`).
 * Throws ValidationError. Aliases and hash merges are errors, as CloudFormation documents.
 */
export function parseTemplate(text: string): JsonObject {
  const document = parseDocument(text, {
    version: '1.1',
    logLevel: 'error',
    uniqueKeys: true,
    merge: false,
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !LEFT_OUT.has(tag.tag)),
  });
  if (document.errors.length > 0) {
    throw validationError(
      document.errors.map((error) => `Template format error: YAML not well-formed. ${error.message}`),
    );
  }
  const problems: string[] = [];
  const value = document.contents === null ? null : toJson(document.contents, '', problems);
  if (problems.length > 0) throw validationError(problems);
  if (!isObject(value))
    throw validationError([
      'Template format error: unsupported structure. The template must be a mapping with a Resources section.',
    ]);
  return value;
}

function toJson(node: unknown, place: string, problems: string[]): Json {
  const problem = (what: string): null => {
    problems.push(`Template format error: ${what}${place === '' ? '' : ` (at ${place})`}`);
    return null;
  };
  if (isAlias(node)) return problem(`YAML aliases are not supported in CloudFormation templates: *${node.source}`);
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return problem('null values are not allowed in templates');
  const plain = content(node, place, problems);
  const tag = node.tag;
  if (tag === undefined || !tag.startsWith('!') || tag === '!') {
    return plain === null ? problem('null values are not allowed in templates') : plain;
  }
  return withTag(tag, plain) ?? problem(`Unrecognized tag ${tag}`);
}

function content(node: Node, place: string, problems: string[]): Json {
  // `y` and `n` are text to CloudFormation's reader, though YAML 1.1 has them as booleans; `yes` and `no` are booleans.
  if (isScalar(node)) return /^[yn]$/i.test(node.source ?? '') ? (node.source ?? '') : scalar(node.value);
  if (isSeq(node)) return node.items.map((item, index) => toJson(item, `${place}[${index}]`, problems));
  if (isMap(node)) return mapping(node, place, problems);
  return null;
}

function scalar(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  // A number beyond the safe integers; nothing else is left without the tags above.
  return typeof value === 'bigint' ? value.toString() : null;
}

function mapping(node: YAMLMap, place: string, problems: string[]): Json {
  const entries = node.items.map((pair): [string, Json] => {
    const key = isScalar(pair.key)
      ? String(isText(pair.key.source) ? pair.key.source : pair.key.value)
      : String(pair.key);
    if (key === '<<') problems.push(`Template format error: hash merges (<<) are not supported (at ${place})`);
    return [key, toJson(pair.value, place === '' ? key : `${place}.${key}`, problems)];
  });
  return Object.fromEntries(entries);
}

// A key such as `Yes`, `1.10` or `012` must stay as written; the schema would make it a boolean or number.
function isText(source: string | undefined): source is string {
  return source !== undefined;
}

function withTag(tag: string, value: Json): JsonObject | undefined {
  const special = SPECIAL_TAGS[tag];
  if (special !== undefined) return { [special]: value };
  if (!SHORT_FORMS.has(tag)) return undefined;
  if (tag !== '!GetAtt' || typeof value !== 'string') return { [`Fn::${tag.slice(1)}`]: value };
  const dot = value.indexOf('.');
  return { 'Fn::GetAtt': dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)] };
}
