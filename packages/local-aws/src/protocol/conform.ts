import { randomUUID } from 'node:crypto';
import type { NormalizedSchema } from '@smithy/core/schema';

/**
 * Compares a value in the SDK's own types with a schema and returns a copy without undefined and null members.
 * What does not fit is added to `problems`, one sentence each, by path: `actionTypeId.owner`.
 * The schemas hold names, types and which members are required; enum values, patterns and lengths are not in them.
 */
export function conform(schema: NormalizedSchema, value: unknown, path: string, problems: string[]): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isStructSchema()) return conformStruct(schema, value, path, problems);
  if (schema.isListSchema()) return conformList(schema, value, path, problems);
  if (schema.isMapSchema()) return conformMap(schema, value, path, problems);
  if (schema.isStreaming()) return value;
  const expected = scalarKind(schema);
  if (!isScalar(expected, value)) problems.push(`${path || 'the value'} must be a ${expected}, not ${kindOf(value)}`);
  return value;
}

function conformStruct(schema: NormalizedSchema, value: unknown, path: string, problems: string[]): unknown {
  if (!isRecord(value)) {
    problems.push(`${path || 'the input'} must be an object, not ${kindOf(value)}`);
    return value;
  }
  const left = new Set(Object.keys(value));
  const result: Record<string, unknown> = {};
  let index = 0;
  const required = requiredCount(schema);
  for (const [name, member] of schema.structIterator()) {
    left.delete(name);
    const given = value[name];
    if (given !== undefined && given !== null) {
      result[name] = conform(member, given, join(path, name), problems);
    } else if (member.isIdempotencyToken()) {
      result[name] = randomUUID();
    } else if (index < required) {
      problems.push(`${join(path, name)} is required`);
    }
    index += 1;
  }
  for (const name of left) {
    if (value[name] !== undefined) problems.push(`${join(path, name)} is not a member of ${schema.getName() ?? 'it'}`);
  }
  if (schema.isUnionSchema() && Object.keys(result).length !== 1) {
    problems.push(`${path} must have exactly one member of ${schema.getName() ?? 'it'}`);
  }
  return result;
}

function conformList(schema: NormalizedSchema, value: unknown, path: string, problems: string[]): unknown {
  if (!Array.isArray(value)) {
    problems.push(`${path} must be a list, not ${kindOf(value)}`);
    return value;
  }
  const member = schema.getValueSchema();
  return value.map((item: unknown, index) => conform(member, item, `${path}[${index}]`, problems));
}

function conformMap(schema: NormalizedSchema, value: unknown, path: string, problems: string[]): unknown {
  if (!isRecord(value)) {
    problems.push(`${path} must be a map, not ${kindOf(value)}`);
    return value;
  }
  const member = schema.getValueSchema();
  const kept = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, conform(member, item, join(path, key), problems)]));
}

type ScalarKind = 'string' | 'number' | 'boolean' | 'timestamp' | 'blob';

function scalarKind(schema: NormalizedSchema): ScalarKind {
  if (schema.isTimestampSchema()) return 'timestamp';
  if (schema.isBlobSchema()) return 'blob';
  if (schema.isBooleanSchema()) return 'boolean';
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) return 'number';
  return 'string';
}

function isScalar(kind: ScalarKind, value: unknown): boolean {
  switch (kind) {
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime());
    case 'blob':
      return value instanceof Uint8Array;
    case 'number':
      return (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint';
    case 'string':
    case 'boolean':
      return typeof value === kind;
  }
}

/** The last element of a structure's schema counts its required members, which come first. */
function requiredCount(schema: NormalizedSchema): number {
  const raw: unknown = schema.getSchema();
  const count: unknown = Array.isArray(raw) ? raw[6] : undefined;
  return typeof count === 'number' ? count : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a timestamp';
  if (value instanceof Uint8Array) return 'a blob';
  return `a ${typeof value}`;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
