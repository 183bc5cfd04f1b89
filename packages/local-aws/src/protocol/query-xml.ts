import type { NormalizedSchema } from '@smithy/core/schema';
import { element, escapeXml } from './xml.ts';

/** A structure's members as the query protocol's XML, without the structure's own element. */
export function structToXml(schema: NormalizedSchema, value: Readonly<Record<string, unknown>>): string {
  let xml = '';
  for (const [name, member] of schema.structIterator()) {
    const item = value[name];
    if (item !== undefined && item !== null) xml += memberToXml(xmlName(member, name), member, item);
  }
  return xml;
}

function memberToXml(name: string, schema: NormalizedSchema, value: unknown): string {
  if (schema.isListSchema()) return listToXml(name, schema, value as readonly unknown[]);
  if (schema.isMapSchema()) return mapToXml(name, schema, value as Readonly<Record<string, unknown>>);
  if (schema.isStructSchema()) return element(name, structToXml(schema, value as Readonly<Record<string, unknown>>));
  return element(name, escapeXml(scalarToText(value)));
}

function listToXml(name: string, schema: NormalizedSchema, items: readonly unknown[]): string {
  const member = schema.getValueSchema();
  if (isFlattened(schema)) return items.map((item) => memberToXml(name, member, item)).join('');
  const memberName = xmlName(member, 'member');
  return element(name, items.map((item) => memberToXml(memberName, member, item)).join(''));
}

function mapToXml(name: string, schema: NormalizedSchema, map: Readonly<Record<string, unknown>>): string {
  const member = schema.getValueSchema();
  const keyName = xmlName(schema.getKeySchema(), 'key');
  const valueName = xmlName(member, 'value');
  const entries = Object.entries(map).map(
    ([key, item]) => element(keyName, escapeXml(key)) + memberToXml(valueName, member, item),
  );
  if (isFlattened(schema)) return entries.map((entry) => element(name, entry)).join('');
  return element(name, entries.map((entry) => element('entry', entry)).join(''));
}

function scalarToText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

export function xmlName(schema: NormalizedSchema, fallback: string): string {
  const name = schema.isMemberSchema() ? schema.getMemberTraits().xmlName : undefined;
  return typeof name === 'string' ? name : fallback;
}

export function isFlattened(schema: NormalizedSchema): boolean {
  return Boolean(schema.getMergedTraits().xmlFlattened);
}
