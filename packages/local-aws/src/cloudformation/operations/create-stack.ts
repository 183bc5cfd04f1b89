import type { CreateStackCommandInput, CreateStackCommandOutput, OnFailure, Tag } from '@aws-sdk/client-cloudformation';
import { type Call, type Operation, ServiceError } from '../../cloud/service.ts';
import { createStackResources } from '../engine/create-stack.ts';
import { actingPrincipal } from '../engine/deployment.ts';
import type { Stack } from '../engine/stack.ts';
import { readTemplate } from '../template/template.ts';
import {
  type CloudFormation,
  givenParameters,
  newStackIdentity,
  type Prepared,
  prepare,
  type StackIdentity,
  stackArn,
} from './prepare.ts';
import { readTemplateSource } from './template-source.ts';

type Output = Omit<CreateStackCommandOutput, '$metadata'>;

export function createStack(service: CloudFormation): Operation<CreateStackCommandInput, Output> {
  return {
    permissions: (input) => [
      { action: 'cloudformation:CreateStack', resource: `${stackArn(service.cloud, input.StackName ?? '')}*` },
    ],
    run: async (input, call) => {
      const identity = newStackIdentity(service.cloud, input.StackName);
      if (service.store.find(identity.name) !== undefined) {
        throw new ServiceError('AlreadyExistsException', `Stack [${identity.name}] already exists`);
      }
      if (input.DisableRollback === true && input.OnFailure !== undefined) {
        throw new ServiceError('ValidationError', 'Only one of DisableRollback or OnFailure can be specified');
      }
      refuseUnsupported(input, [
        'StackPolicyBody',
        'StackPolicyURL',
        'RollbackConfiguration',
        'ResourceTypes',
        'DeploymentConfig',
      ]);
      const text = await readTemplateSource(service.cloud, call.principal, input);
      const parameters = givenParameters(readTemplate(text), input.Parameters, undefined);
      const prepared = prepare(service, identity, text, parameters, {
        capabilities: input.Capabilities ?? [],
        notificationArns: input.NotificationARNs ?? [],
      });
      // Reading the template may have taken time; the name is taken only now.
      if (service.store.find(identity.name) !== undefined) {
        throw new ServiceError('AlreadyExistsException', `Stack [${identity.name}] already exists`);
      }
      const stack = newStack(service, identity, prepared, input, call);
      startCreation(
        service,
        stack,
        prepared,
        input.OnFailure ?? (input.DisableRollback === true ? 'DO_NOTHING' : 'ROLLBACK'),
      );
      return { StackId: stack.id };
    },
  };
}

/** Options that AWS has and this has not are refused, unless empty. */
export function refuseUnsupported<I extends object>(input: I, names: readonly (keyof I & string)[]): void {
  for (const name of names) {
    const value = input[name];
    const isEmpty =
      value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
    if (!isEmpty) throw new ServiceError('ValidationError', `${name} is not supported here`);
  }
}

type StackOptions = Pick<
  CreateStackCommandInput,
  | 'Capabilities'
  | 'NotificationARNs'
  | 'RoleARN'
  | 'DisableRollback'
  | 'TimeoutInMinutes'
  | 'EnableTerminationProtection'
  | 'Tags'
>;

export function newStack(
  service: CloudFormation,
  identity: StackIdentity,
  prepared: Prepared,
  options: StackOptions,
  call: Call,
): Stack {
  const { template, given } = prepared.bound;
  return {
    ...identity,
    status: 'CREATE_IN_PROGRESS',
    createdAt: service.cloud.now(),
    ...(template.description === undefined ? {} : { description: template.description }),
    template: template.text,
    parameters: given,
    tags: plainTags(options.Tags),
    capabilities: options.Capabilities ?? [],
    notificationArns: options.NotificationARNs ?? [],
    ...(options.RoleARN === undefined ? {} : { roleArn: options.RoleARN }),
    disableRollback: options.DisableRollback ?? false,
    ...(options.TimeoutInMinutes === undefined ? {} : { timeoutMinutes: options.TimeoutInMinutes }),
    terminationProtection: options.EnableTerminationProtection ?? false,
    outputs: [],
    imports: prepared.imports,
    principal: call.principal,
    resources: {},
  };
}

export function plainTags(tags: readonly Tag[] | undefined): { Key: string; Value: string }[] {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
}

export function startCreation(service: CloudFormation, stack: Stack, prepared: Prepared, onFailure: OnFailure): void {
  service.store.setStackStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated');
  service.inBackground(stack, async () => {
    const principal = await actingPrincipal(service.cloud, stack);
    const { cloud, store, types } = service;
    await createStackResources(
      { cloud, store, types, stack, principal, bound: prepared.bound, checked: prepared.checked },
      onFailure,
    );
  });
}
