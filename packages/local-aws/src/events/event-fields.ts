import { isObject, type Leaf } from './value-filter.ts';

/** Which element of which array a value stands in: array number → index. Only objects and arrays count as elements. */
export type Membership = ReadonlyMap<number, number>;

export interface EventField {
  readonly value: Leaf;
  readonly membership: Membership;
}

/**
 * The leaves of an event by path, `detail.changes.ref`, as EventBridge's own matcher flattens it:
 * https://github.com/aws/event-ruler (Event.java). Values directly in an array belong to no element of it.
 */
export function eventFields(event: unknown): ReadonlyMap<string, readonly EventField[]> {
  const fields = new Map<string, EventField[]>();
  let arrays = 0;
  const visit = (value: unknown, path: string, membership: Membership): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries()) {
        const isElement = typeof element === 'object' && element !== null;
        visit(element, path, isElement ? new Map([...membership, [array, index]]) : membership);
      }
    } else if (isObject(value)) {
      for (const [name, child] of Object.entries(value))
        visit(child, path === '' ? name : `${path}.${name}`, membership);
    } else {
      const found = fields.get(path);
      const field = { value: value as Leaf, membership };
      if (found === undefined) fields.set(path, [field]);
      else found.push(field);
    }
  };
  visit(event, '', new Map());
  return fields;
}

/** Both together; undefined where they name two elements of one array. */
export function mergeMembership(a: Membership, b: Membership): Membership | undefined {
  for (const [array, index] of b) {
    const other = a.get(array);
    if (other !== undefined && other !== index) return undefined;
  }
  return b.size === 0 ? a : new Map([...a, ...b]);
}
