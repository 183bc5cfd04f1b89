import * as z from 'zod';
import { boolean, integer, number, object, string, strings, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { allTags } from './tag-changes.ts';

const dimension = object({ Name: string, Value: string });

const metric = object({
  Expression: string.optional(),
  Id: string,
  Label: string.optional(),
  MetricStat: object({
    Metric: object({ Dimensions: z.array(dimension).optional(), MetricName: string, Namespace: string }),
    Period: integer,
    Stat: string,
    Unit: string.optional(),
  }).optional(),
  Period: integer.optional(),
  ReturnData: boolean.optional(),
});

const properties = object({
  ActionsEnabled: boolean.optional(),
  AlarmActions: strings.optional(),
  AlarmDescription: string.optional(),
  AlarmName: string.optional(),
  ComparisonOperator: word(
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanOrEqualToThreshold',
    'LessThanThreshold',
  ),
  DatapointsToAlarm: integer.optional(),
  Dimensions: z.array(dimension).optional(),
  EvaluationPeriods: integer,
  ExtendedStatistic: string.optional(),
  InsufficientDataActions: strings.optional(),
  MetricName: string.optional(),
  Metrics: z.array(metric).optional(),
  Namespace: string.optional(),
  OKActions: strings.optional(),
  Period: integer.optional(),
  Statistic: word('Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum').optional(),
  Tags: tags.optional(),
  Threshold: number.optional(),
  TreatMissingData: word('breaching', 'notBreaching', 'ignore', 'missing').optional(),
  Unit: string.optional(),
});
type Alarm = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html (static thresholds) */
export const cloudwatchAlarm = defineResource({
  type: 'AWS::CloudWatch::Alarm',
  properties,
  attributes: ['Arn'],
  replacedBy: ['AlarmName'],
  nameProperty: 'AlarmName',
  create: (context, alarm) => put(context, alarm.AlarmName ?? context.physicalName(255), alarm),
  update: (context, { physicalId }, alarm) => put(context, physicalId, alarm),
  delete: async (context, { physicalId }) => {
    await context.call('cloudwatch', 'DeleteAlarms', { AlarmNames: [physicalId] });
  },
});

async function put(context: ResourceContext, AlarmName: string, alarm: Alarm) {
  const Tags = allTags(context, alarm.Tags);
  await context.call('cloudwatch', 'PutMetricAlarm', {
    ...alarm,
    AlarmName,
    Tags: Tags.length === 0 ? undefined : Tags,
  });
  const { partition, region, accountId } = context;
  return {
    physicalId: AlarmName,
    attributes: { Arn: `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${AlarmName}` },
  };
}
