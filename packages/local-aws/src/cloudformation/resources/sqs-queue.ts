import type * as z from 'zod';
import { boolean, document, integer, object, string, tags } from './property.ts';
import { defineResource } from './resource-type.ts';
import { tagChanges, tagMap } from './tag-changes.ts';

/** Attributes of the API with the value they go back to when a template drops them. */
const DEFAULTS = {
  ContentBasedDeduplication: 'false',
  DelaySeconds: '0',
  KmsDataKeyReusePeriodSeconds: '300',
  KmsMasterKeyId: '',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: '',
  RedrivePolicy: '',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
} as const;

const properties = object({
  ContentBasedDeduplication: boolean.optional(),
  DelaySeconds: integer.optional(),
  FifoQueue: boolean.optional(),
  KmsDataKeyReusePeriodSeconds: integer.optional(),
  KmsMasterKeyId: string.optional(),
  MaximumMessageSize: integer.optional(),
  MessageRetentionPeriod: integer.optional(),
  QueueName: string.optional(),
  ReceiveMessageWaitTimeSeconds: integer.optional(),
  RedriveAllowPolicy: document.optional(),
  RedrivePolicy: document.optional(),
  SqsManagedSseEnabled: boolean.optional(),
  Tags: tags.optional(),
  VisibilityTimeout: integer.optional(),
});
type Queue = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
export const sqsQueue = defineResource({
  type: 'AWS::SQS::Queue',
  properties,
  attributes: ['Arn', 'QueueName', 'QueueUrl'],
  replacedBy: ['QueueName', 'FifoQueue'],
  nameProperty: 'QueueName',
  create: async (context, queue) => {
    const isFifo = queue.FifoQueue === true;
    const QueueName = queue.QueueName ?? (isFifo ? `${context.physicalName(75)}.fifo` : context.physicalName(80));
    const Attributes = { ...attributesOf(queue), ...(isFifo ? { FifoQueue: 'true' } : {}) };
    const { QueueUrl } = await context.call<{ QueueUrl: string }>('sqs', 'CreateQueue', {
      QueueName,
      Attributes: Object.keys(Attributes).length === 0 ? undefined : Attributes,
      tags: tagMap(context, queue.Tags),
    });
    const { partition, region, accountId } = context;
    return {
      physicalId: QueueUrl,
      attributes: { Arn: `arn:${partition}:sqs:${region}:${accountId}:${QueueName}`, QueueName, QueueUrl },
    };
  },
  update: async (context, { physicalId: QueueUrl, properties: before, attributes }, queue) => {
    const dropped = Object.keys(attributesOf(before)).map((name) => [name, DEFAULTS[name as keyof typeof DEFAULTS]]);
    const Attributes = { ...Object.fromEntries(dropped), ...attributesOf(queue) };
    if (Object.keys(Attributes).length > 0) await context.call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes });
    const { set, removed } = tagChanges(context, before.Tags, queue.Tags);
    if (set.length > 0) await context.call('sqs', 'TagQueue', { QueueUrl, Tags: tagMap(context, queue.Tags) });
    if (removed.length > 0) await context.call('sqs', 'UntagQueue', { QueueUrl, TagKeys: removed });
    return { physicalId: QueueUrl, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('sqs', 'DeleteQueue', { QueueUrl: physicalId });
  },
});

function attributesOf(queue: Queue): Record<string, string> {
  const entries = Object.keys(DEFAULTS).flatMap((name): [string, string][] => {
    const value = queue[name as keyof typeof DEFAULTS];
    return value === undefined ? [] : [[name, String(value)]];
  });
  return Object.fromEntries(entries);
}
