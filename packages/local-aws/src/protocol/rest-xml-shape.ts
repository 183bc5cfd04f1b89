import type { NormalizedSchema } from '@smithy/core/schema';
import { XMLParser } from 'fast-xml-parser';
import { ServiceError } from '../cloud/service.ts';

/** An element: its children by name, attributes with `@`, text as `#text`. Elements are lists, because any may repeat. */
type Element = { readonly [name: string]: unknown };

const PARSER = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  removeNSPrefix: true,
  processEntities: true,
  htmlEntities: true,
});

/** Smithy's numbers for a timestamp's format; XML's default is date-time. */
const HTTP_DATE = 6;
const EPOCH_SECONDS = 7;

/** An XML document → the SDK's type. Unknown elements keep their names, for the shape check to report. */
export function fromXml(schema: NormalizedSchema, text: string): unknown {
  let parsed: unknown;
  try {
    parsed = PARSER.parse(text, true);
  } catch (error) {
    throw malformed(String(error));
  }
  const root = Object.entries(isElement(parsed) ? parsed : {}).find(([name]) => !name.startsWith('?'))?.[1];
  if (!Array.isArray(root)) throw malformed('there is no element');
  return readElement(schema, root[0]);
}

function malformed(reason: string): ServiceError {
  return new ServiceError('MalformedXML', `The XML you provided is not well-formed: ${reason.slice(0, 300)}`);
}

function readElement(schema: NormalizedSchema, node: unknown): unknown {
  if (schema.isStructSchema()) return readStruct(schema, node);
  if (schema.isListSchema()) {
    const name = xmlName(schema.getValueSchema()) ?? 'member';
    return children(node, name).map((child) => readElement(schema.getValueSchema(), child));
  }
  return scalarFromText(schema, textOf(node));
}

function readStruct(schema: NormalizedSchema, node: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const known = new Set<string>(['#text']);
  for (const [member, memberSchema] of schema.structIterator()) {
    const name = xmlName(memberSchema) ?? member;
    if (memberSchema.getMergedTraits().xmlAttribute) {
      const plain = name.replace(/^.*:/, '');
      if (isElement(node) && typeof node[`@${plain}`] === 'string') result[member] = node[`@${plain}`];
      continue;
    }
    known.add(name);
    const found = children(node, name);
    if (found.length === 0) continue;
    result[member] =
      memberSchema.isListSchema() && memberSchema.getMergedTraits().xmlFlattened
        ? found.map((child) => readElement(memberSchema.getValueSchema(), child))
        : readElement(memberSchema, found[0]);
  }
  for (const name of Object.keys(isElement(node) ? node : {})) {
    if (!known.has(name) && !name.startsWith('@')) result[name] = textOf(children(node, name)[0]);
  }
  return result;
}

/** The text of a header, a query parameter or an element → the SDK's type. What does not fit stays text. */
export function scalarFromText(schema: NormalizedSchema, text: string): unknown {
  if (schema.isNumericSchema()) return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  if (schema.isBooleanSchema()) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema.isTimestampSchema()) {
    const date = schema.getSchema() === EPOCH_SECONDS ? new Date(Number(text) * 1000) : new Date(text);
    return Number.isNaN(date.getTime()) ? text : date;
  }
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64');
  return text;
}

/** The SDK's type → the text of a header or an element. */
export function scalarToText(schema: NormalizedSchema, value: unknown, place: 'header' | 'xml'): string {
  if (value instanceof Date) {
    const format: unknown = schema.getSchema();
    if (format === EPOCH_SECONDS) return String(value.getTime() / 1000);
    return format === HTTP_DATE || (place === 'header' && format === 4) ? value.toUTCString() : value.toISOString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

/** The SDK's type → one element with everything below it. */
export function toXml(schema: NormalizedSchema, name: string, value: unknown, attributes = ''): string {
  if (schema.isListSchema() && Array.isArray(value)) {
    const member = schema.getValueSchema();
    const items = value.map((item: unknown) => toXml(member, xmlName(member) ?? 'member', item));
    return `<${name}${attributes}>${items.join('')}</${name}>`;
  }
  if (!schema.isStructSchema())
    return `<${name}${attributes}>${escapeXml(scalarToText(schema, value, 'xml'))}</${name}>`;
  const record: Element = isElement(value) ? value : {};
  let inner = '';
  let own = attributes;
  for (const [member, memberSchema] of schema.structIterator()) {
    const traits = memberSchema.getMergedTraits();
    const item = record[member];
    if (item === undefined || item === null || isBound(memberSchema)) continue;
    const childName = xmlName(memberSchema) ?? member;
    if (traits.xmlAttribute) {
      own += ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${childName}="${escapeXml(scalarToText(memberSchema, item, 'xml'))}"`;
    } else if (traits.xmlFlattened && Array.isArray(item)) {
      inner += item.map((one: unknown) => toXml(memberSchema.getValueSchema(), childName, one)).join('');
    } else inner += toXml(memberSchema, childName, item);
  }
  return `<${name}${own}>${inner}</${name}>`;
}

/** Whether a member travels outside of the XML body. */
export function isBound(schema: NormalizedSchema): boolean {
  const traits = schema.getMergedTraits();
  return Boolean(
    traits.httpHeader ??
      traits.httpQuery ??
      traits.httpLabel ??
      traits.httpPrefixHeaders ??
      traits.httpPayload ??
      traits.httpResponseCode,
  );
}

export function xmlName(schema: NormalizedSchema): string | undefined {
  const name: unknown = schema.getMergedTraits().xmlName;
  return typeof name === 'string' ? name : undefined;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r\n\u0085\u2028]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null;
}

function children(node: unknown, name: string): readonly unknown[] {
  const found = isElement(node) ? node[name] : undefined;
  return Array.isArray(found) ? found : [];
}

function textOf(node: unknown): string {
  if (typeof node === 'string') return node;
  const text = isElement(node) ? node['#text'] : undefined;
  if (Array.isArray(text)) return text.join('');
  return typeof text === 'string' ? text : '';
}
