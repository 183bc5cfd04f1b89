import type * as logs from '@aws-sdk/client-cloudwatch-logs';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { type LogGroupRecord, type LogStore, nameOf } from './log-store.ts';

/** Days that the API accepts for a retention. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export function groupOperations(store: LogStore): Service['operations'] {
  const on = (action: string) => (input: { logGroupName: string | undefined }) =>
    store.permission(action, input.logGroupName);
  const change = (apply: (group: LogGroupRecord) => void, name: string | undefined) => {
    const group = store.group(name);
    apply(group);
    store.groups.set(group.name, group);
  };
  return {
    CreateLogGroup: operation(on('CreateLogGroup'), (input: logs.CreateLogGroupRequest) => createGroup(store, input)),
    DeleteLogGroup: operation(on('DeleteLogGroup'), (input: logs.DeleteLogGroupRequest) => {
      const { name } = store.group(input.logGroupName);
      for (const stream of store.streamsOf(name)) store.deleteStream(stream);
      store.groups.delete(name);
    }),
    DescribeLogGroups: operation(
      (_input: logs.DescribeLogGroupsRequest) => permit('logs:DescribeLogGroups', `${store.groupArn('')}:log-stream:`),
      (input): logs.DescribeLogGroupsResponse => {
        const groups = [...store.groups.values()]
          .filter(({ name }) => name.startsWith(input.logGroupNamePrefix ?? ''))
          .filter(({ name }) => name.toLowerCase().includes((input.logGroupNamePattern ?? '').toLowerCase()));
        return { logGroups: groups.map((group) => groupView(store, group)) };
      },
    ),
    PutRetentionPolicy: operation(on('PutRetentionPolicy'), (input: logs.PutRetentionPolicyRequest) => {
      const days = input.retentionInDays ?? 0;
      if (!RETENTION_DAYS.includes(days)) {
        throw new ServiceError(
          'InvalidParameterException',
          `retentionInDays ${days} is none of ${RETENTION_DAYS.join(', ')}.`,
        );
      }
      change((group) => {
        group.retentionDays = days;
      }, input.logGroupName);
    }),
    DeleteRetentionPolicy: operation(on('DeleteRetentionPolicy'), (input: logs.DeleteRetentionPolicyRequest) =>
      change((group) => {
        delete group.retentionDays;
      }, input.logGroupName),
    ),
    AssociateKmsKey: operation(
      (input: logs.AssociateKmsKeyRequest) => store.permission('AssociateKmsKey', input.logGroupName),
      (input) =>
        change((group) => {
          group.kmsKeyId = input.kmsKeyId ?? '';
        }, input.logGroupName),
    ),
    DisassociateKmsKey: operation(
      (input: logs.DisassociateKmsKeyRequest) => store.permission('DisassociateKmsKey', input.logGroupName),
      (input) =>
        change((group) => {
          delete group.kmsKeyId;
        }, input.logGroupName),
    ),
    ...tagOperations(store, change),
  };
}

function tagOperations(
  store: LogStore,
  change: (apply: (group: LogGroupRecord) => void, name: string | undefined) => void,
): Service['operations'] {
  const on = (action: string) => (input: { resourceArn: string | undefined }) =>
    store.permission(action, input.resourceArn);
  return {
    TagResource: operation(on('TagResource'), (input: logs.TagResourceRequest) =>
      change((group) => Object.assign(group.tags, input.tags), nameOf(input.resourceArn)),
    ),
    UntagResource: operation(on('UntagResource'), (input: logs.UntagResourceRequest) =>
      change((group) => {
        for (const tag of input.tagKeys ?? []) delete group.tags[tag];
      }, nameOf(input.resourceArn)),
    ),
    ListTagsForResource: operation(
      on('ListTagsForResource'),
      (input: logs.ListTagsForResourceRequest): logs.ListTagsForResourceResponse => {
        return { tags: store.group(input.resourceArn).tags };
      },
    ),
  };
}

function createGroup(store: LogStore, input: logs.CreateLogGroupRequest): void {
  const name = input.logGroupName ?? '';
  if (!/^[\w./#-]{1,512}$/.test(name)) {
    throw new ServiceError(
      'InvalidParameterException',
      `"${name}" is not a log group name ([A-Za-z0-9_./#-], at most 512).`,
    );
  }
  if (store.groups.has(name)) {
    throw new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  const group: LogGroupRecord = { name, createdAt: store.cloud.now(), tags: { ...input.tags } };
  if (input.kmsKeyId !== undefined) group.kmsKeyId = input.kmsKeyId;
  store.groups.set(name, group);
}

function groupView(store: LogStore, group: LogGroupRecord): logs.LogGroup {
  const storedBytes = store.streamsOf(group.name).reduce((bytes, stream) => bytes + stream.storedBytes, 0);
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    metricFilterCount: 0,
    arn: `${store.groupArn(group.name)}:*`,
    logGroupArn: store.groupArn(group.name),
    storedBytes,
    ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
    ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
  };
}
