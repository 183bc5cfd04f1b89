import type { DeleteStackCommandInput } from '@aws-sdk/client-cloudformation';
import { type Operation, ServiceError } from '../../cloud/service.ts';
import { deleteStackResources } from '../engine/delete-stack.ts';
import { actingPrincipal } from '../engine/deployment.ts';
import type { Stack } from '../engine/stack.ts';
import { refuseUnsupported } from './create-stack.ts';
import { type CloudFormation, stackArn } from './prepare.ts';

export function deleteStack(service: CloudFormation): Operation<DeleteStackCommandInput, object> {
  return {
    permissions: (input) => [
      {
        action: 'cloudformation:DeleteStack',
        resource: service.store.find(input.StackName ?? '')?.id ?? `${stackArn(service.cloud, input.StackName ?? '')}*`,
      },
    ],
    run: async (input, call) => {
      const stack = service.store.find(input.StackName ?? '');
      // Deleting what is gone, or going, succeeds.
      if (stack === undefined || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {};
      checkDeletable(service, stack, input);
      stack.principal = call.principal;
      if (input.RoleARN !== undefined) stack.roleArn = input.RoleARN;
      service.store.setStackStatus(stack, 'DELETE_IN_PROGRESS', 'User Initiated');
      service.inBackground(stack, async () => {
        const { cloud, store, types } = service;
        const principal = await actingPrincipal(cloud, stack);
        await deleteStackResources({ cloud, store, types, stack, principal }, input.RetainResources ?? []);
      });
      return {};
    },
  };
}

function checkDeletable(service: CloudFormation, stack: Stack, input: DeleteStackCommandInput): void {
  refuseUnsupported(input, ['DeletionMode']);
  if (stack.terminationProtection) {
    throw new ServiceError(
      'ValidationError',
      `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
    );
  }
  if (stack.status.endsWith('_IN_PROGRESS')) {
    throw new ServiceError(
      'ValidationError',
      `Stack [${stack.name}] cannot be deleted while in status ${stack.status}: wait until it ends (there is no cancelling here)`,
    );
  }
  if ((input.RetainResources ?? []).length > 0 && stack.status !== 'DELETE_FAILED') {
    throw new ServiceError(
      'ValidationError',
      `Invalid operation on stack [${stack.id}]. --retain-resources can only be specified when stack is in DELETE_FAILED state`,
    );
  }
  for (const { exportName } of stack.outputs) {
    const user = service.store
      .all()
      .find(
        ({ id, status, imports }) =>
          id !== stack.id && status !== 'DELETE_COMPLETE' && exportName !== undefined && imports.includes(exportName),
      );
    if (user !== undefined)
      throw new ServiceError(
        'ValidationError',
        `Export ${exportName} cannot be deleted as it is in use by ${user.name}`,
      );
  }
}
