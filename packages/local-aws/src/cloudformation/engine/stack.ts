import type { ResourceStatus, StackStatus } from '@aws-sdk/client-cloudformation';
import type { Principal } from '../../cloud/principal.ts';
import type { Tag } from '../resources/resource-type.ts';
import type { Json, JsonObject } from '../template/json.ts';
import type { DeletionPolicy } from '../template/template.ts';

/** A stack as it is kept; plain JSON, times in milliseconds since the epoch. */
export interface Stack {
  readonly id: string;
  readonly name: string;
  status: StackStatus;
  statusReason?: string;
  readonly createdAt: number;
  updatedAt?: number;
  deletedAt?: number;
  description?: string;
  template: string;
  /** In clear, NoEcho ones too: a later update may say UsePreviousValue. Never answered as they are. */
  parameters: Readonly<Record<string, string>>;
  tags: readonly Tag[];
  capabilities: readonly string[];
  notificationArns: readonly string[];
  roleArn?: string;
  disableRollback: boolean;
  timeoutMinutes?: number;
  terminationProtection: boolean;
  outputs: readonly StackOutput[];
  /** Other stacks' exports that this one uses; they cannot change meanwhile. */
  imports: readonly string[];
  /** Who called last; resources are made with these permissions unless there is a service role. */
  principal: Principal;
  resources: Record<string, StackResource>;
  changeSetId?: string;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  physicalId?: string;
  /** What Ref gives, where it is not the physical ID. */
  ref?: string;
  attributes: Readonly<Record<string, Json>>;
  /** Outputs show attributes masked. */
  noEcho?: true;
  /** Evaluated, with dynamic references unresolved, so that no secret is kept here. */
  properties: JsonObject;
  /** What an update that failed wanted the properties to be: a rollback comes from there. */
  attempted?: JsonObject;
  needs: readonly string[];
  deletionPolicy: DeletionPolicy;
  updateReplacePolicy: DeletionPolicy;
  status: ResourceStatus;
  statusReason?: string;
  changedAt: number;
}

export interface StackEvent {
  readonly id: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason?: string;
  readonly token?: string;
}
