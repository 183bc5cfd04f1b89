import type * as api from '@aws-sdk/client-cloudformation';
import { type Operation, ServiceError } from '../../cloud/service.ts';
import type { Stack, StackResource } from '../engine/stack.ts';
import { isNoEcho } from '../template/parameters.ts';
import { readTemplate } from '../template/template.ts';
import { type CloudFormation, stackArn } from './prepare.ts';

type Answer<T> = Omit<T, '$metadata'>;
type Named = { readonly StackName?: string | undefined };

/** One read operation about a stack: the permission is on the stack, or on all where none is named. */
function read<I extends Named, O>(service: CloudFormation, action: string, run: (input: I) => O): Operation<I, O> {
  return {
    permissions: ({ StackName: name }) => [
      {
        action: `cloudformation:${action}`,
        resource: name === undefined ? '*' : (service.store.find(name)?.id ?? `${stackArn(service.cloud, name)}*`),
      },
    ],
    run: async (input) => run(input),
  };
}

export function describeOperations(service: CloudFormation): Readonly<Record<string, Operation>> {
  const { store } = service;
  return {
    DescribeStacks: read<api.DescribeStacksCommandInput, Answer<api.DescribeStacksCommandOutput>>(
      service,
      'DescribeStacks',
      ({ StackName: name }) => ({
        Stacks:
          name === undefined
            ? store
                .all()
                .filter(({ status }) => status !== 'DELETE_COMPLETE')
                .reverse()
                .map(describeStack)
            : [describeStack(store.get(name))],
      }),
    ),
    DescribeStackEvents: read<api.DescribeStackEventsCommandInput, Answer<api.DescribeStackEventsCommandOutput>>(
      service,
      'DescribeStackEvents',
      ({ StackName: name }) => ({
        StackEvents: store.events(store.get(name)).map((event) => ({
          StackId: event.stackId,
          EventId: event.id,
          StackName: event.stackName,
          LogicalResourceId: event.logicalId,
          PhysicalResourceId: event.physicalId,
          ResourceType: event.type,
          Timestamp: new Date(event.at),
          ResourceStatus: event.status,
          ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
        })),
      }),
    ),
    DescribeStackResources: read<
      api.DescribeStackResourcesCommandInput,
      Answer<api.DescribeStackResourcesCommandOutput>
    >(service, 'DescribeStackResources', (input) => {
      const stack = resourcesStack(service, input);
      const wanted = resourcesOf(stack).filter(
        ({ logicalId, physicalId }) =>
          (input.LogicalResourceId ?? logicalId) === logicalId &&
          (input.PhysicalResourceId ?? physicalId) === physicalId,
      );
      return {
        StackResources: wanted.map((resource) => ({
          StackName: stack.name,
          StackId: stack.id,
          ...summary(resource),
          Timestamp: new Date(resource.changedAt),
        })),
      };
    }),
    DescribeStackResource: read<api.DescribeStackResourceCommandInput, Answer<api.DescribeStackResourceCommandOutput>>(
      service,
      'DescribeStackResource',
      (input) => {
        const stack = store.get(input.StackName);
        const resource = stack.resources[input.LogicalResourceId ?? ''];
        if (resource === undefined)
          throw new ServiceError(
            'ValidationError',
            `Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`,
          );
        return {
          StackResourceDetail: {
            StackName: stack.name,
            StackId: stack.id,
            ...summary(resource),
            LastUpdatedTimestamp: new Date(resource.changedAt),
          },
        };
      },
    ),
    ListStackResources: read<api.ListStackResourcesCommandInput, Answer<api.ListStackResourcesCommandOutput>>(
      service,
      'ListStackResources',
      ({ StackName: name }) => ({
        StackResourceSummaries: resourcesOf(store.get(name)).map((resource) => ({
          ...summary(resource),
          LastUpdatedTimestamp: new Date(resource.changedAt),
        })),
      }),
    ),
    ListStacks: read<api.ListStacksCommandInput & Named, Answer<api.ListStacksCommandOutput>>(
      service,
      'ListStacks',
      ({ StackStatusFilter: filter }) => ({
        StackSummaries: store
          .all()
          .filter(({ status }) => filter === undefined || filter.length === 0 || filter.includes(status))
          .reverse()
          .map(summariseStack),
      }),
    ),
    ListExports: read<api.ListExportsCommandInput & Named, Answer<api.ListExportsCommandOutput>>(
      service,
      'ListExports',
      () => ({
        Exports: store
          .all()
          .filter(({ status }) => status !== 'DELETE_COMPLETE')
          .flatMap(({ id, outputs }) =>
            outputs.flatMap(({ exportName, value }) =>
              exportName === undefined ? [] : [{ ExportingStackId: id, Name: exportName, Value: value }],
            ),
          ),
      }),
    ),
  };
}

function resourcesStack(service: CloudFormation, input: api.DescribeStackResourcesCommandInput): Stack {
  const { StackName: name, PhysicalResourceId: physicalId } = input;
  if (name !== undefined) return service.store.get(name);
  const owner = service.store
    .all()
    .find((stack) => resourcesOf(stack).some((resource) => resource.physicalId === physicalId));
  if (owner === undefined) throw new ServiceError('ValidationError', `Stack for ${physicalId} does not exist`);
  return owner;
}

function resourcesOf(stack: Stack): StackResource[] {
  return Object.values(stack.resources).sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1));
}

function summary(resource: StackResource) {
  return {
    LogicalResourceId: resource.logicalId,
    ...(resource.physicalId === undefined ? {} : { PhysicalResourceId: resource.physicalId }),
    ResourceType: resource.type,
    ResourceStatus: resource.status,
    ...(resource.statusReason === undefined ? {} : { ResourceStatusReason: resource.statusReason }),
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' as const },
  };
}

export function summariseStack(stack: Stack): api.StackSummary {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.description === undefined ? {} : { TemplateDescription: stack.description }),
    ...times(stack),
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

function times(stack: Stack) {
  return {
    CreationTime: new Date(stack.createdAt),
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedAt) }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: new Date(stack.deletedAt) }),
  };
}

export function describeStack(stack: Stack): api.Stack {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId === undefined ? {} : { ChangeSetId: stack.changeSetId }),
    ...(stack.description === undefined ? {} : { Description: stack.description }),
    Parameters: maskedParameters(stack.template, stack.parameters),
    ...times(stack),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DisableRollback: stack.disableRollback,
    NotificationARNs: [...stack.notificationArns],
    ...(stack.timeoutMinutes === undefined ? {} : { TimeoutInMinutes: stack.timeoutMinutes }),
    Capabilities: stack.capabilities as api.Capability[],
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      ...(description === undefined ? {} : { Description: description }),
      ...(exportName === undefined ? {} : { ExportName: exportName }),
    })),
    ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }),
    Tags: [...stack.tags],
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

/** Parameters as the API shows them: NoEcho values are `****`. */
export function maskedParameters(template: string, values: Readonly<Record<string, string>>): api.Parameter[] {
  // The empty stack of a change set to review has no template yet.
  const declarations = template === '' ? {} : readTemplate(template).parameters;
  return Object.entries(values).map(([name, value]) => ({
    ParameterKey: name,
    ParameterValue: isNoEcho(declarations[name] ?? {}) ? '****' : value,
  }));
}
