import { randomUUID } from 'node:crypto';
import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation';
import type { Cloud } from '../../cloud/cloud.ts';
import type { Collection } from '../../cloud/collection.ts';
import { ServiceError } from '../../cloud/service.ts';
import type { Stack, StackEvent, StackResource } from './stack.ts';

/** Stacks and their events, kept. Deleted stacks stay, found by ID only, as on AWS. */
export class StackStore {
  readonly #cloud: Cloud;
  readonly #stacks: Collection<Stack>;
  readonly #events: Collection<StackEvent>;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#stacks = cloud.collection<Stack>('cloudformation/stacks');
    this.#events = cloud.collection<StackEvent>('cloudformation/events');
  }

  all(): Stack[] {
    return [...this.#stacks.values()];
  }

  /** By name (living ones) or ID (any). */
  find(nameOrId: string): Stack | undefined {
    if (nameOrId.startsWith('arn:')) return this.#stacks.get(nameOrId);
    return this.all().find((stack) => stack.name === nameOrId && stack.status !== 'DELETE_COMPLETE');
  }

  /** Throws AWS's ValidationError when there is none. */
  get(nameOrId: string | undefined): Stack {
    const stack = nameOrId === undefined ? undefined : this.find(nameOrId);
    if (stack === undefined) throw new ServiceError('ValidationError', `Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  save(stack: Stack): void {
    this.#stacks.set(stack.id, stack);
  }

  /** Removes a stack altogether: only the empty one of a deleted change set. */
  forget(stack: Stack): void {
    this.#stacks.delete(stack.id);
  }

  /** Newest first. */
  events(stack: Stack): StackEvent[] {
    return [...this.#events.values()].filter((event) => event.stackId === stack.id).reverse();
  }

  setStackStatus(stack: Stack, status: StackStatus, reason?: string): void {
    stack.status = status;
    if (reason === undefined) delete stack.statusReason;
    else stack.statusReason = reason;
    this.save(stack);
    this.#addEvent(
      stack,
      {
        logicalId: stack.name,
        physicalId: stack.id,
        type: 'AWS::CloudFormation::Stack',
        status: status as ResourceStatus,
      },
      reason,
    );
  }

  setResourceStatus(stack: Stack, resource: StackResource, status: ResourceStatus, reason?: string): void {
    resource.status = status;
    resource.changedAt = this.#cloud.now();
    if (reason === undefined) delete resource.statusReason;
    else resource.statusReason = reason;
    this.save(stack);
    const { logicalId, type, physicalId = '' } = resource;
    this.#addEvent(stack, { logicalId, physicalId, type, status }, reason);
  }

  #addEvent(
    stack: Stack,
    about: Pick<StackEvent, 'logicalId' | 'physicalId' | 'type' | 'status'>,
    reason: string | undefined,
  ): void {
    const id = `${about.type === 'AWS::CloudFormation::Stack' ? '' : `${about.logicalId}-`}${randomUUID()}`;
    const event = { id, stackId: stack.id, stackName: stack.name, at: this.#cloud.now(), ...about };
    this.#events.set(id, reason === undefined ? event : { ...event, reason });
  }
}
