import type * as api from '@aws-sdk/client-cloudformation';
import { ServiceError } from '../../cloud/service.ts';
import type { Plan } from '../engine/plan-changes.ts';
import type { CloudFormation } from './prepare.ts';

/** A change set as it is kept: its request, with the template's text, so that executing it prepares it again. */
export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly createdAt: number;
  readonly request: Omit<api.CreateChangeSetCommandInput, 'TemplateURL' | 'UsePreviousTemplate'> & {
    readonly TemplateBody: string;
  };
  readonly parameters: Readonly<Record<string, string>>;
  readonly plan: Plan;
  status: 'CREATE_COMPLETE' | 'FAILED';
  statusReason?: string;
  executionStatus: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'OBSOLETE';
}

/** How a request names a change set: by ARN, or by name and stack. */
export type NamedChangeSet = { readonly StackName?: string | undefined; readonly ChangeSetName?: string | undefined };

export function setsOf(service: CloudFormation) {
  return service.cloud.collection<ChangeSet>('cloudformation/change-sets');
}

/** Throws ChangeSetNotFoundException. */
export function findChangeSet(
  service: CloudFormation,
  { StackName: stackName, ChangeSetName: name = '' }: NamedChangeSet,
): ChangeSet {
  const sets = [...setsOf(service).values()];
  const stack = stackName === undefined ? undefined : service.store.get(stackName);
  const found = sets.findLast((set) => set.id === name || (set.name === name && set.stackId === stack?.id));
  if (found === undefined)
    throw new ServiceError('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`, 404);
  return found;
}
