import type { Cloud } from '../../cloud/cloud.ts';
import type { Principal } from '../../cloud/principal.ts';
import { ServiceError } from '../../cloud/service.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import type { BoundTemplate, ResourceValues } from '../template/bind-template.ts';
import type { CheckedTemplate, ResourceTypes } from '../template/check-template.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Stack, StackResource } from './stack.ts';
import type { StackStore } from './stack-store.ts';

/** One running operation on one stack. */
export interface Operation {
  readonly cloud: Cloud;
  readonly store: StackStore;
  readonly types: ResourceTypes;
  readonly stack: Stack;
  readonly principal: Principal;
}

/** An operation that makes a stack what a template says. */
export interface Deployment extends Operation {
  readonly bound: BoundTemplate;
  readonly checked: CheckedTemplate;
}

/** How AWS shows what must not be seen. */
export const MASK = '****';

/** Resources handled at once. */
export const PARALLEL = 4;

export function typeOf(operation: Operation, resource: { readonly type: string }): ResourceType {
  const type = operation.types.get(resource.type);
  if (type === undefined) throw new TemplateError(`Unrecognized resource type ${resource.type}`);
  return type;
}

/** Whose permissions make the resources: the stack's service role, or the caller. */
export async function actingPrincipal(cloud: Cloud, stack: Stack): Promise<Principal> {
  if (stack.roleArn === undefined) return stack.principal;
  const assumed = await cloud.identities.assumeRole(stack.roleArn, 'AWSCloudFormation', 'cloudformation.amazonaws.com');
  return assumed.principal;
}

/** What Ref and Fn::GetAtt give; attributes of NoEcho are `masked` where people see them. */
export function resourceValues(operation: Operation, masked = false): ResourceValues {
  const resource = (logicalId: string): StackResource => {
    const found = operation.stack.resources[logicalId];
    if (found?.physicalId === undefined) throw new TemplateError(`Resource ${logicalId} does not exist yet`);
    return found;
  };
  return {
    ref: (logicalId) => resource(logicalId).ref ?? resource(logicalId).physicalId ?? '',
    getAtt: (logicalId, attribute) => {
      const found = resource(logicalId);
      const value = found.attributes[attribute];
      if (value === undefined) throw new TemplateError(noAttribute(operation, found, attribute));
      return masked && found.noEcho ? MASK : value;
    },
  };
}

function noAttribute(operation: Operation, { logicalId, type }: StackResource, attribute: string): string {
  if (operation.types.get(type)?.attributes !== 'any')
    return `Attribute ${attribute} of resource ${logicalId} has no value`;
  return `CustomResource attribute error: Vendor response doesn't contain ${attribute} attribute in object ${operation.stack.id}|${logicalId}`;
}

/** `ResourceStatusReason` for what a handler threw. */
export function reasonOf(error: unknown): string {
  if (error instanceof ServiceError) {
    return `Resource handler returned message: "${error.message} (Status Code: ${error.status}, Error Code: ${error.code})"`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Did the API say that what is to be deleted is gone already? */
export function isGone(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    (error.status === 404 || /NotFound|NoSuch|NonExistent|DoesNotExist/.test(error.code))
  );
}
