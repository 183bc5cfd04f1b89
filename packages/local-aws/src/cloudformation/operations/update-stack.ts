import type { UpdateStackCommandInput, UpdateStackCommandOutput } from '@aws-sdk/client-cloudformation';
import type { Principal } from '../../cloud/principal.ts';
import { type Operation, ServiceError } from '../../cloud/service.ts';
import { actingPrincipal } from '../engine/deployment.ts';
import { planChanges } from '../engine/plan-changes.ts';
import type { Stack } from '../engine/stack.ts';
import { beforeUpdate, updateStackResources } from '../engine/update-stack.ts';
import { readTemplate } from '../template/template.ts';
import { plainTags, refuseUnsupported } from './create-stack.ts';
import { type CloudFormation, givenParameters, type Prepared, prepare, stackArn } from './prepare.ts';
import { readTemplateSource } from './template-source.ts';

type Output = Omit<UpdateStackCommandOutput, '$metadata'>;

/** From these an update may start. */
const UPDATABLE = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_FAILED',
  'CREATE_FAILED',
  'IMPORT_COMPLETE',
]);

export function updateStack(service: CloudFormation): Operation<UpdateStackCommandInput, Output> {
  return {
    permissions: (input) => [
      {
        action: 'cloudformation:UpdateStack',
        resource: service.store.find(input.StackName ?? '')?.id ?? `${stackArn(service.cloud, input.StackName ?? '')}*`,
      },
    ],
    run: async (input, call) => {
      const stack = service.store.get(input.StackName);
      refuseUnsupported(input, [
        'StackPolicyBody',
        'StackPolicyURL',
        'StackPolicyDuringUpdateBody',
        'StackPolicyDuringUpdateURL',
        'RollbackConfiguration',
        'ResourceTypes',
        'DeploymentConfig',
      ]);
      const prepared = await prepareUpdate(service, stack, call.principal, input);
      if (isUnchanged(service, stack, prepared, input))
        throw new ServiceError('ValidationError', 'No updates are to be performed.');
      startUpdate(service, stack, prepared, input, call.principal);
      return { StackId: stack.id };
    },
  };
}

export type UpdateOptions = Pick<
  UpdateStackCommandInput,
  | 'TemplateBody'
  | 'TemplateURL'
  | 'UsePreviousTemplate'
  | 'Parameters'
  | 'Capabilities'
  | 'Tags'
  | 'RoleARN'
  | 'NotificationARNs'
  | 'DisableRollback'
>;

/** The new template and parameters, checked; throws when the stack cannot be updated now. */
export async function prepareUpdate(
  service: CloudFormation,
  stack: Stack,
  principal: Principal,
  input: UpdateOptions,
): Promise<Prepared> {
  if (!UPDATABLE.has(stack.status)) {
    throw new ServiceError('ValidationError', `Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
  const text =
    input.UsePreviousTemplate === true ? stack.template : await readTemplateSource(service.cloud, principal, input);
  const parameters = givenParameters(readTemplate(text), input.Parameters, stack.parameters);
  return prepare(service, stack, text, parameters, {
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? stack.notificationArns,
  });
}

export function isUnchanged(service: CloudFormation, stack: Stack, prepared: Prepared, input: UpdateOptions): boolean {
  const tags = input.Tags === undefined ? stack.tags : plainTags(input.Tags);
  return JSON.stringify(tags) === JSON.stringify(stack.tags) && planChanges(service.types, stack, prepared).isEmpty;
}

export function startUpdate(
  service: CloudFormation,
  stack: Stack,
  prepared: Prepared,
  input: UpdateOptions,
  caller: Principal,
): void {
  const { cloud, store, types } = service;
  const before = beforeUpdate(stack);
  const { template, given } = prepared.bound;
  stack.template = template.text;
  stack.parameters = given;
  stack.imports = prepared.imports;
  stack.updatedAt = cloud.now();
  stack.principal = caller;
  stack.capabilities = input.Capabilities ?? [];
  stack.disableRollback = input.DisableRollback ?? false;
  if (template.description === undefined) delete stack.description;
  else stack.description = template.description;
  if (input.Tags !== undefined) stack.tags = plainTags(input.Tags);
  if (input.RoleARN !== undefined) stack.roleArn = input.RoleARN;
  if (input.NotificationARNs !== undefined) stack.notificationArns = input.NotificationARNs;
  store.setStackStatus(stack, 'UPDATE_IN_PROGRESS', 'User Initiated');
  service.inBackground(stack, async () => {
    const principal = await actingPrincipal(cloud, stack);
    await updateStackResources(
      { cloud, store, types, stack, principal, bound: prepared.bound, checked: prepared.checked },
      before,
    );
  });
}
