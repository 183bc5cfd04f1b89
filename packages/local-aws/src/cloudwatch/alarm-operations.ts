import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type { Cloud } from '../cloud/cloud.ts';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';

/** An alarm as stored in `cloudwatch/alarms`, by name. */
interface AlarmRecord {
  /** As it came in, without tags; plain JSON. */
  readonly definition: Omit<cloudwatch.PutMetricAlarmInput, 'Tags'>;
  readonly changedAt: string;
  readonly tags: Record<string, string>;
}

/** Alarms are kept as defined and never evaluated: their state stays INSUFFICIENT_DATA. */
export function alarmOperations(cloud: Cloud): Service['operations'] {
  const alarms = cloud.collection<AlarmRecord>('cloudwatch/alarms');
  const arn = (name: string | undefined) => `arn:aws:cloudwatch:${cloud.region}:${cloud.accountId}:alarm:${name}`;
  const permission = (action: string, name: string | undefined) => [
    { action: `cloudwatch:${action}`, resource: arn(name) },
  ];
  const tagged = (resourceArn: string | undefined): AlarmRecord => {
    const alarm = alarms.get(resourceArn?.split(':alarm:')[1] ?? '');
    if (alarm === undefined) throw new ServiceError('ResourceNotFoundException', `${resourceArn} does not exist.`, 404);
    return alarm;
  };
  return {
    PutMetricAlarm: operation(
      (input: cloudwatch.PutMetricAlarmInput) => permission('PutMetricAlarm', input.AlarmName),
      (input) => {
        const { Tags, ...definition } = input;
        checkAlarm(input);
        const name = input.AlarmName ?? '';
        const tags = alarms.get(name)?.tags ?? tagRecord(Tags);
        alarms.set(name, { definition, changedAt: new Date(cloud.now()).toISOString(), tags });
      },
    ),
    DeleteAlarms: operation(
      (input: cloudwatch.DeleteAlarmsInput) =>
        (input.AlarmNames ?? []).flatMap((name) => permission('DeleteAlarms', name)),
      (input) => {
        const missing = (input.AlarmNames ?? []).filter((name) => !alarms.has(name));
        if (missing.length > 0)
          throw new ServiceError('ResourceNotFound', `No such alarm: ${missing.join(', ')}.`, 404);
        for (const name of input.AlarmNames ?? []) alarms.delete(name);
      },
    ),
    DescribeAlarms: operation(
      (_input: cloudwatch.DescribeAlarmsInput) => permission('DescribeAlarms', '*'),
      (input): cloudwatch.DescribeAlarmsOutput => {
        const found = [...alarms.entries()]
          .filter(([name]) => input.AlarmNames === undefined || input.AlarmNames.includes(name))
          .filter(([name]) => name.startsWith(input.AlarmNamePrefix ?? ''))
          .filter(() => input.StateValue === undefined || input.StateValue === 'INSUFFICIENT_DATA');
        return { CompositeAlarms: [], MetricAlarms: found.map(([name, alarm]) => alarmView(arn(name), alarm)) };
      },
    ),
    TagResource: operation(
      (input: cloudwatch.TagResourceInput) => [{ action: 'cloudwatch:TagResource', resource: input.ResourceARN ?? '' }],
      (input) => {
        const alarm = tagged(input.ResourceARN);
        Object.assign(alarm.tags, tagRecord(input.Tags));
        alarms.set(alarm.definition.AlarmName ?? '', alarm);
        return {};
      },
    ),
    UntagResource: operation(
      (input: cloudwatch.UntagResourceInput) => [
        { action: 'cloudwatch:UntagResource', resource: input.ResourceARN ?? '' },
      ],
      (input) => {
        const alarm = tagged(input.ResourceARN);
        for (const key of input.TagKeys ?? []) delete alarm.tags[key];
        alarms.set(alarm.definition.AlarmName ?? '', alarm);
        return {};
      },
    ),
    ListTagsForResource: operation(
      (input: cloudwatch.ListTagsForResourceInput) => [
        { action: 'cloudwatch:ListTagsForResource', resource: input.ResourceARN ?? '' },
      ],
      (input): cloudwatch.ListTagsForResourceOutput => {
        return { Tags: Object.entries(tagged(input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })) };
      },
    ),
  };
}

/** A metric by name or by expressions, never both nor neither. */
function checkAlarm(input: cloudwatch.PutMetricAlarmInput): void {
  const byName = input.MetricName !== undefined;
  if (byName === (input.Metrics !== undefined)) {
    throw new ServiceError('ValidationError', 'An alarm has either MetricName with Namespace, or Metrics.');
  }
  if (byName && (input.Namespace === undefined || input.Period === undefined)) {
    throw new ServiceError('ValidationError', 'An alarm on MetricName needs Namespace and Period.');
  }
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined) && byName) {
    throw new ServiceError('ValidationError', 'An alarm on MetricName needs Statistic or ExtendedStatistic.');
  }
}

function alarmView(arn: string, { definition, changedAt }: AlarmRecord): cloudwatch.MetricAlarm {
  return {
    ...definition,
    AlarmArn: arn,
    ActionsEnabled: definition.ActionsEnabled ?? true,
    OKActions: definition.OKActions ?? [],
    AlarmActions: definition.AlarmActions ?? [],
    InsufficientDataActions: definition.InsufficientDataActions ?? [],
    AlarmConfigurationUpdatedTimestamp: new Date(changedAt),
    StateValue: 'INSUFFICIENT_DATA',
    StateReason: 'local-aws does not evaluate alarms.',
    StateUpdatedTimestamp: new Date(changedAt),
  };
}

function tagRecord(tags: readonly cloudwatch.Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
