import { randomUUID } from 'node:crypto';
import type * as api from '@aws-sdk/client-cloudformation';
import type { Principal } from '../../cloud/principal.ts';
import { type Call, type Operation, ServiceError } from '../../cloud/service.ts';
import { planChanges } from '../engine/plan-changes.ts';
import type { Stack } from '../engine/stack.ts';
import { readTemplate } from '../template/template.ts';
import { type ChangeSet, findChangeSet, type NamedChangeSet, setsOf } from './change-set.ts';
import { newStack, plainTags, refuseUnsupported, startCreation } from './create-stack.ts';
import { maskedParameters } from './describe.ts';
import { type CloudFormation, givenParameters, newStackIdentity, type Prepared, prepare, stackArn } from './prepare.ts';
import { readTemplateSource } from './template-source.ts';
import { isUnchanged, prepareUpdate, startUpdate } from './update-stack.ts';

type Answer<T> = Omit<T, '$metadata'>;

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export function changeSetOperations(service: CloudFormation): Readonly<Record<string, Operation>> {
  return {
    CreateChangeSet: {
      permissions: permission(service, 'CreateChangeSet'),
      run: (input, call) => create(service, input, call),
    } satisfies Operation<api.CreateChangeSetCommandInput, Answer<api.CreateChangeSetCommandOutput>>,
    DescribeChangeSet: {
      permissions: permission(service, 'DescribeChangeSet'),
      run: async (input) => describe(service, input),
    } satisfies Operation<api.DescribeChangeSetCommandInput, Answer<api.DescribeChangeSetCommandOutput>>,
    ExecuteChangeSet: {
      permissions: permission(service, 'ExecuteChangeSet'),
      run: (input, call) => execute(service, input, call),
    } satisfies Operation<api.ExecuteChangeSetCommandInput, object>,
    DeleteChangeSet: {
      permissions: permission(service, 'DeleteChangeSet'),
      run: async (input) => remove(service, input),
    } satisfies Operation<api.DeleteChangeSetCommandInput, object>,
  };
}

function permission(service: CloudFormation, action: string) {
  return ({ StackName: name = '' }: NamedChangeSet) => [
    {
      action: `cloudformation:${action}`,
      resource: service.store.find(name)?.id ?? `${stackArn(service.cloud, name)}*`,
    },
  ];
}

async function create(
  service: CloudFormation,
  input: api.CreateChangeSetCommandInput,
  call: Call,
): Promise<{ Id: string; StackId: string }> {
  const stack = admit(service, input);
  const isNew = input.ChangeSetType === 'CREATE';
  const prepared =
    isNew || stack === undefined
      ? await prepareNew(service, input, call.principal)
      : await prepareUpdate(service, stack, call.principal, input);
  const target = stack ?? reviewStack(service, prepared, input, call);
  const isEmpty = !isNew && isUnchanged(service, target, prepared, input);
  const { TemplateURL: _url, UsePreviousTemplate: _previous, ...request } = input;
  const { cloud } = service;
  const name = input.ChangeSetName ?? '';
  const set: ChangeSet = {
    id: `arn:${cloud.partition}:cloudformation:${cloud.region}:${cloud.accountId}:changeSet/${name}/${randomUUID()}`,
    name,
    stackId: target.id,
    type: isNew ? 'CREATE' : 'UPDATE',
    createdAt: cloud.now(),
    request: { ...request, TemplateBody: prepared.bound.template.text },
    parameters: prepared.bound.given,
    plan: planChanges(service.types, target, prepared),
    status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    ...(isEmpty ? { statusReason: NO_CHANGES } : {}),
    executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
  };
  setsOf(service).set(set.id, set);
  return { Id: set.id, StackId: target.id };
}

const UNSUPPORTED = [
  'ResourcesToImport',
  'RollbackConfiguration',
  'ResourceTypes',
  'DeploymentConfig',
  'DeploymentMode',
] as const;

/** The stack that a new change set is about; `undefined` when it is yet to be made. Throws when there can be none. */
function admit(service: CloudFormation, input: api.CreateChangeSetCommandInput): Stack | undefined {
  refuseUnsupported(input, UNSUPPORTED);
  const { ChangeSetName: name = '', ChangeSetType: type } = input;
  if (type === 'IMPORT') throw new ServiceError('ValidationError', 'Importing resources is not supported here');
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
    const rule = 'must be letters, digits and hyphens, starting with a letter';
    throw new ServiceError('ValidationError', `Value '${name}' at 'changeSetName' ${rule}`);
  }
  const stack = type === 'CREATE' ? service.store.find(input.StackName ?? '') : service.store.get(input.StackName);
  const open = [...setsOf(service).values()].filter(
    (set) => set.stackId === stack?.id && set.executionStatus === 'AVAILABLE',
  );
  if (open.some((set) => set.name === name))
    throw new ServiceError('AlreadyExistsException', `ChangeSet ${name} already exists`);
  if (type === 'CREATE' && stack !== undefined && stack.status !== 'REVIEW_IN_PROGRESS') {
    throw new ServiceError(
      'ValidationError',
      `Stack [${stack.name}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
  return stack;
}

async function prepareNew(
  service: CloudFormation,
  input: api.CreateChangeSetCommandInput,
  principal: Principal,
): Promise<Prepared> {
  const identity = service.store.find(input.StackName ?? '') ?? newStackIdentity(service.cloud, input.StackName);
  const text = await readTemplateSource(service.cloud, principal, input);
  const parameters = givenParameters(readTemplate(text), input.Parameters, undefined);
  return prepare(service, identity, text, parameters, {
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? [],
  });
}

function reviewStack(
  service: CloudFormation,
  prepared: Prepared,
  input: api.CreateChangeSetCommandInput,
  call: Call,
): Stack {
  const { stackId: id, stackName: name } = prepared.bound.environment;
  const stack = newStack(service, { id, name }, prepared, input, call);
  stack.template = '';
  stack.parameters = {};
  service.store.setStackStatus(stack, 'REVIEW_IN_PROGRESS', 'User Initiated');
  return stack;
}

function describe(
  service: CloudFormation,
  input: api.DescribeChangeSetCommandInput,
): Answer<api.DescribeChangeSetCommandOutput> {
  const set = findChangeSet(service, input);
  const stack = service.store.get(set.stackId);
  return {
    ChangeSetName: set.name,
    ChangeSetId: set.id,
    StackId: stack.id,
    StackName: stack.name,
    ...(set.request.Description === undefined ? {} : { Description: set.request.Description }),
    Parameters: maskedParameters(set.request.TemplateBody, set.parameters),
    CreationTime: new Date(set.createdAt),
    ExecutionStatus: set.executionStatus,
    Status: set.status,
    ...(set.statusReason === undefined ? {} : { StatusReason: set.statusReason }),
    Capabilities: set.request.Capabilities ?? [],
    Tags: plainTags(set.request.Tags),
    Changes: set.plan.changes.map(({ action, logicalId, type, physicalId, replacement }) => ({
      Type: 'Resource',
      ResourceChange: {
        Action: action,
        LogicalResourceId: logicalId,
        ResourceType: type,
        ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
        ...(replacement === undefined ? {} : { Replacement: replacement }),
      },
    })),
  };
}

async function execute(service: CloudFormation, input: api.ExecuteChangeSetCommandInput, call: Call): Promise<object> {
  const set = findChangeSet(service, input);
  if (set.executionStatus !== 'AVAILABLE') {
    throw new ServiceError(
      'InvalidChangeSetStatus',
      `ChangeSet [${set.id}] cannot be executed in its current status of [${set.status}]`,
    );
  }
  const stack = service.store.get(set.stackId);
  const { request } = set;
  // Values were fixed when the change set was made; a later change of the stack makes it obsolete instead.
  const fixed = {
    ...request,
    Parameters: Object.entries(set.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  };
  stack.changeSetId = set.id;
  if (set.type === 'CREATE') {
    const prepared = await prepareNew(service, { ...fixed, StackName: stack.id }, call.principal);
    const created = {
      ...newStack(service, stack, prepared, request, call),
      createdAt: stack.createdAt,
      changeSetId: set.id,
      id: stack.id,
      name: stack.name,
    };
    const onFailure = request.OnStackFailure ?? (input.DisableRollback === true ? 'DO_NOTHING' : 'ROLLBACK');
    startCreation(service, created, prepared, onFailure);
  } else {
    const prepared = await prepareUpdate(service, stack, call.principal, fixed);
    startUpdate(service, stack, prepared, { ...fixed, DisableRollback: input.DisableRollback }, call.principal);
  }
  for (const other of setsOf(service).values()) {
    if (other.stackId !== set.stackId) continue;
    other.executionStatus = other.id === set.id ? 'EXECUTE_COMPLETE' : 'OBSOLETE';
    setsOf(service).set(other.id, other);
  }
  return {};
}

function remove(service: CloudFormation, input: api.DeleteChangeSetCommandInput): object {
  const set = findChangeSet(service, input);
  setsOf(service).delete(set.id);
  return {};
}
