import type { NormalizedSchema } from '@smithy/core/schema';
import { isFlattened, xmlName } from './query-xml.ts';

/** `Tags.member.1.Key=a` as a tree; a leaf has a value, a branch children by name. */
interface FormNode {
  value?: string;
  readonly children: Map<string, FormNode>;
}

/** Parameters that belong to the request itself, not to the operation's input. */
const REQUEST_PARAMETERS = new Set(['Action', 'Version']);

/**
 * A query request's form as the SDK's types. What the schema does not know stays, under the name it came with, so that
 * `conform` can name it.
 */
export function fromForm(schema: NormalizedSchema, form: URLSearchParams): object {
  const root: FormNode = { children: new Map() };
  for (const [key, value] of form) {
    if (!REQUEST_PARAMETERS.has(key)) insert(root, key, value);
  }
  return structFrom(schema, root) as object;
}

function insert(root: FormNode, key: string, value: string): void {
  let node = root;
  for (const part of key.split('.')) {
    let child = node.children.get(part);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  node.value = value;
}

function valueFrom(schema: NormalizedSchema, node: FormNode): unknown {
  if (schema.isListSchema()) return listFrom(schema, node);
  if (schema.isMapSchema()) return mapFrom(schema, node);
  if (schema.isStructSchema()) return structFrom(schema, node);
  if (node.value === undefined) return rawFrom(node);
  return scalarFrom(schema, node.value);
}

function structFrom(schema: NormalizedSchema, node: FormNode): unknown {
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [xmlName(member, name), { name, member }]),
  );
  return Object.fromEntries(
    [...node.children].map(([key, child]) => {
      const known = members.get(key);
      return known === undefined ? [key, rawFrom(child)] : [known.name, valueFrom(known.member, child)];
    }),
  );
}

function listFrom(schema: NormalizedSchema, node: FormNode): unknown {
  const member = schema.getValueSchema();
  // An empty list is sent as the bare name with an empty value.
  if (node.children.size === 0) return node.value === '' ? [] : node.value;
  const container = isFlattened(schema) ? node : node.children.get(xmlName(member, 'member'));
  if (container === undefined || !hasOnlyNumbers(container)) return rawFrom(node);
  return numbered(container).map((child) => valueFrom(member, child));
}

function mapFrom(schema: NormalizedSchema, node: FormNode): unknown {
  const member = schema.getValueSchema();
  if (node.children.size === 0) return node.value === '' ? {} : node.value;
  const container = isFlattened(schema) ? node : node.children.get('entry');
  if (container === undefined || !hasOnlyNumbers(container)) return rawFrom(node);
  const keyName = xmlName(schema.getKeySchema(), 'key');
  const valueName = xmlName(member, 'value');
  return Object.fromEntries(
    numbered(container).map((entry) => {
      const value = entry.children.get(valueName);
      return [entry.children.get(keyName)?.value ?? '', value === undefined ? undefined : valueFrom(member, value)];
    }),
  );
}

function hasOnlyNumbers(node: FormNode): boolean {
  return [...node.children.keys()].every((key) => /^\d+$/.test(key));
}

function numbered(node: FormNode): FormNode[] {
  return [...node.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

function rawFrom(node: FormNode): unknown {
  if (node.children.size === 0) return node.value ?? '';
  return Object.fromEntries([...node.children].map(([key, child]) => [key, rawFrom(child)]));
}

function scalarFrom(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema.isTimestampSchema()) {
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? text : time;
  }
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64');
  if (!schema.isNumericSchema()) return text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
