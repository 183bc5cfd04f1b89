import type * as z from 'zod';
import type { Cloud } from '../../cloud/cloud.ts';
import type { ServiceName } from '../../cloud/service.ts';
import type { Json } from '../template/json.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** What a resource's handler may use: the API as the stack's caller, and names made as AWS makes them. */
export interface ResourceContext {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  /** The stack's own tags, which every taggable resource gets. */
  readonly stackTags: readonly Tag[];
  readonly cloud: Cloud;
  call<O = Record<string, unknown>>(service: ServiceName, operation: string, input: object): Promise<O>;
  /** `stack-Logical-1A2B3C4D5E6F`, cut to `maxLength` in its first two parts. */
  physicalName(maxLength: number): string;
  /** Says that the resource exists under this ID, so that a failure in a later step still removes it. */
  created(physicalId: string): void;
}

/** What Ref and Fn::GetAtt will answer. */
export interface Provisioned {
  readonly physicalId: string;
  /** What Ref gives, where it is not the physical ID. */
  readonly ref?: string;
  readonly attributes?: Readonly<Record<string, Json>>;
  /** Outputs show attributes masked. */
  readonly noEcho?: true;
}

export interface Existing<P> {
  readonly physicalId: string;
  readonly properties: P;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly noEcho?: true;
  /** In a rollback, what the update that failed wanted the properties to be. */
  readonly attempted?: P;
}

/** One resource type; `update` is reached only for changes that do not need a new resource. */
export interface ResourceDefinition<P> {
  /** `AWS::S3::Bucket` */
  readonly type: string;
  readonly properties: z.ZodType<P>;
  /** Names for Fn::GetAtt; `any` where only the made resource knows. */
  readonly attributes: readonly string[] | 'any';
  /** Top-level properties whose change needs a new resource ("Update requires: Replacement"); `all` for every one. */
  readonly replacedBy: readonly string[] | 'all';
  /** The property that names the resource: with it, a replacement is refused, as the name is taken. */
  readonly nameProperty?: string;
  /** Capability that a caller must acknowledge for these properties. */
  capability?(properties: P): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM';
  create(context: ResourceContext, properties: P): Promise<Provisioned>;
  update?(context: ResourceContext, existing: Existing<P>, properties: P): Promise<Provisioned>;
  delete(context: ResourceContext, existing: Existing<P>): Promise<void>;
}

/** A definition whose properties are checked by itself, so that all kinds fit in one registry. */
export interface ResourceType extends Omit<ResourceDefinition<unknown>, 'properties' | 'capability'> {
  parse(properties: Json): { readonly value: unknown; readonly issues: readonly z.core.$ZodIssue[] };
  capability(properties: unknown): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined;
  readonly canUpdate: boolean;
}

export function defineResource<P>(definition: ResourceDefinition<P>): ResourceType {
  const typed = (properties: unknown): P => definition.properties.parse(properties);
  const existingOf = ({ attempted, ...existing }: Existing<unknown>): Existing<P> => ({
    ...existing,
    properties: typed(existing.properties),
    ...(attempted !== undefined && { attempted: typed(attempted) }),
  });
  return {
    type: definition.type,
    attributes: definition.attributes,
    replacedBy: definition.replacedBy,
    ...(definition.nameProperty === undefined ? {} : { nameProperty: definition.nameProperty }),
    canUpdate: definition.update !== undefined,
    parse: (properties) => {
      const result = definition.properties.safeParse(properties);
      return result.success ? { value: result.data, issues: [] } : { value: undefined, issues: result.error.issues };
    },
    capability: (properties) => definition.capability?.(typed(properties)),
    create: (context, properties) => definition.create(context, typed(properties)),
    update: async (context, existing, properties) => {
      if (definition.update === undefined) throw new Error(`${definition.type} cannot be updated in place`);
      return definition.update(context, existingOf(existing), typed(properties));
    },
    delete: (context, existing) => definition.delete(context, existingOf(existing)),
  };
}
