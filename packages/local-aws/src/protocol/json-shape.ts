import type { NormalizedSchema } from '@smithy/core/schema';

/** Which of a member's names is used, and how bytes travel. */
export interface JsonDialect {
  /** REST JSON honours the jsonName trait, the RPC dialects do not. */
  readonly jsonNames: boolean;
}

/** JSON as parsed → the SDK's types; a value of the wrong type or name stays as it is, for `conform` to name. */
export function fromJson(schema: NormalizedSchema, value: unknown, dialect: JsonDialect): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isTimestampSchema()) return timestampFromJson(value);
  if (schema.isBlobSchema()) return typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  if (Array.isArray(value)) {
    if (!schema.isListSchema()) return value;
    const member = schema.getValueSchema();
    return value.map((item: unknown) => fromJson(member, item, dialect));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (schema.isMapSchema()) {
    const member = schema.getValueSchema();
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(member, item, dialect)]));
  }
  if (!schema.isStructSchema()) return value;
  const members = new Map([...schema.structIterator()].map((entry) => [wireName(entry, dialect), entry]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const entry = members.get(key);
      return entry === undefined ? [key, item] : [entry[0], fromJson(entry[1], item, dialect)];
    }),
  );
}

/** The SDK's types → what JSON.stringify writes. */
export function toJson(schema: NormalizedSchema, value: unknown, dialect: JsonDialect): unknown {
  if (value === undefined || value === null || schema.isDocumentSchema()) return value;
  if (value instanceof Date) return timestampToJson(schema, value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) {
    const member = schema.getValueSchema();
    return value.map((item: unknown) => toJson(member, item, dialect));
  }
  if (typeof value !== 'object') return value;
  if (schema.isMapSchema()) {
    const member = schema.getValueSchema();
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(member, item, dialect)]));
  }
  const record = value as Record<string, unknown>;
  const entries = [...schema.structIterator()].filter(([name]) => record[name] !== undefined);
  return Object.fromEntries(
    entries.map((entry) => [wireName(entry, dialect), toJson(entry[1], record[entry[0]], dialect)]),
  );
}

function wireName([name, member]: readonly [string, NormalizedSchema], dialect: JsonDialect): string {
  const renamed = member.getMergedTraits().jsonName;
  return dialect.jsonNames && typeof renamed === 'string' ? renamed : name;
}

function timestampFromJson(value: unknown): unknown {
  if (typeof value === 'number') return new Date(Math.round(value * 1000));
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return new Date(value);
  return value;
}

/** Smithy's numbers for a timestamp's format; 4 is the protocol's default, which is epoch seconds in JSON. */
const DATE_TIME = 5;
const HTTP_DATE = 6;

function timestampToJson(schema: NormalizedSchema, value: Date): unknown {
  const format: unknown = schema.getSchema();
  if (format === DATE_TIME) return value.toISOString();
  if (format === HTTP_DATE) return value.toUTCString();
  return value.getTime() / 1000;
}
