import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import type { Json } from '../template/json.ts';
import { defineResource, type ResourceContext, type ResourceType } from './resource-type.ts';

export interface RecordOnly<P> {
  readonly type: string;
  readonly properties: z.ZodType<P>;
  /** `vpc` for IDs such as `vpc-0a1b2c3d4e5f60718`. */
  readonly idPrefix: string;
  readonly replacedBy: readonly string[] | 'all';
  /** Names and values of Fn::GetAtt; `id` is the new resource's ID. */
  readonly attributes?: Readonly<Record<string, (id: string, properties: P, context: ResourceContext) => Json>>;
  /** The physical ID and Ref where it is not the ID. */
  readonly physicalId?: (id: string, properties: P) => string;
}

/**
 * A network resource that is only written down: there is no network here. It gets an ID, so that what refers to it can
 * be deployed, and its properties are checked; whether a subnet fits its VPC, or a route leads anywhere, is not.
 */
export function recordOnly<P>(definition: RecordOnly<P>): ResourceType {
  const { type, properties, idPrefix, replacedBy } = definition;
  const attributes = Object.entries(definition.attributes ?? {});
  const values = (id: string, declared: P, context: ResourceContext) =>
    Object.fromEntries(attributes.map(([name, value]) => [name, value(id, declared, context)]));
  return defineResource<P>({
    type,
    properties,
    attributes: attributes.map(([name]) => name),
    replacedBy,
    create: async (context, declared) => {
      const id = `${idPrefix}-0${randomBytes(9).toString('hex').slice(1)}`.slice(0, idPrefix.length + 18);
      return { physicalId: definition.physicalId?.(id, declared) ?? id, attributes: values(id, declared, context) };
    },
    update: async (context, { physicalId, attributes: before }, declared) => ({
      physicalId,
      attributes: { ...values(physicalId, declared, context), ...before },
    }),
    delete: async () => {},
  });
}
