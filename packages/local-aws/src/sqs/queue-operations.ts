import type * as sqs from '@aws-sdk/client-sqs';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { allAttributes, setAttributes } from './queue-attributes.ts';
import type { QueueRecord, QueueStore } from './queue-store.ts';

export function queueOperations(store: QueueStore): Service['operations'] {
  const on = (action: string) => (input: { QueueUrl: string | undefined }) => store.permission(action, input.QueueUrl);
  return {
    CreateQueue: operation(
      (input: sqs.CreateQueueRequest) => store.permission('CreateQueue', input.QueueName),
      (input): sqs.CreateQueueResult => ({ QueueUrl: store.url(createQueue(store, input).name) }),
    ),
    GetQueueUrl: operation(
      (input: sqs.GetQueueUrlRequest) => store.permission('GetQueueUrl', input.QueueName),
      (input): sqs.GetQueueUrlResult => ({ QueueUrl: store.url(store.find(input.QueueName).name) }),
    ),
    ListQueues: operation(
      (_input: sqs.ListQueuesRequest) => permit('sqs:ListQueues'),
      (input): sqs.ListQueuesResult => {
        const names = [...store.queues.values()].map(({ name }) => name);
        const matching = names.filter((name) => name.startsWith(input.QueueNamePrefix ?? ''));
        return matching.length === 0 ? {} : { QueueUrls: matching.map((name) => store.url(name)) };
      },
    ),
    DeleteQueue: operation(on('DeleteQueue'), (input: sqs.DeleteQueueRequest) => {
      const queue = store.find(input.QueueUrl);
      clear(store, queue);
      store.queues.delete(queue.name);
    }),
    PurgeQueue: operation(on('PurgeQueue'), (input: sqs.PurgeQueueRequest) => clear(store, store.find(input.QueueUrl))),
    GetQueueAttributes: operation(
      on('GetQueueAttributes'),
      (input: sqs.GetQueueAttributesRequest): sqs.GetQueueAttributesResult => {
        const queue = store.find(input.QueueUrl);
        const all = allAttributes(queue, [...store.messages(queue).values()], store.cloud.now());
        const names: readonly string[] = input.AttributeNames ?? [];
        const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
        return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
      },
    ),
    SetQueueAttributes: operation(on('SetQueueAttributes'), (input: sqs.SetQueueAttributesRequest) => {
      const queue = store.find(input.QueueUrl);
      setAttributes(queue, definedOnly(input.Attributes));
      queue.changedAt = store.cloud.now();
      store.queues.set(queue.name, queue);
    }),
    TagQueue: operation(on('TagQueue'), (input: sqs.TagQueueRequest) => {
      const queue = store.find(input.QueueUrl);
      Object.assign(queue.tags, input.Tags);
      store.queues.set(queue.name, queue);
    }),
    UntagQueue: operation(on('UntagQueue'), (input: sqs.UntagQueueRequest) => {
      const queue = store.find(input.QueueUrl);
      for (const key of input.TagKeys ?? []) delete queue.tags[key];
      store.queues.set(queue.name, queue);
    }),
    ListQueueTags: operation(on('ListQueueTags'), (input: sqs.ListQueueTagsRequest): sqs.ListQueueTagsResult => {
      return { Tags: store.find(input.QueueUrl).tags };
    }),
  };
}

function createQueue(store: QueueStore, input: sqs.CreateQueueRequest): QueueRecord {
  const name = input.QueueName ?? '';
  if (!/^[\w-]{1,80}(\.fifo)?$/.test(name)) {
    throw new ServiceError(
      'InvalidParameterValue',
      'A queue name has 1 to 80 letters, digits, hyphens and underscores.',
    );
  }
  const now = store.cloud.now();
  const queue: QueueRecord = {
    name,
    arn: store.arn(name),
    createdAt: now,
    changedAt: now,
    attributes: {},
    tags: { ...input.tags },
  };
  setAttributes(queue, definedOnly(input.Attributes));
  const existing = store.queues.get(name);
  if (existing !== undefined) {
    const differs = Object.entries(queue.attributes).some(([key, value]) => existing.attributes[key] !== value);
    if (differs) throw new ServiceError('QueueNameExists', `A queue named ${name} exists with other attributes.`);
    return existing;
  }
  store.queues.set(name, queue);
  return queue;
}

function clear(store: QueueStore, queue: QueueRecord): void {
  const messages = store.messages(queue);
  for (const [id] of messages.entries()) messages.delete(id);
}

function definedOnly(attributes: Partial<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
