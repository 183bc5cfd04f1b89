import { ServiceError } from '../cloud/service.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import type { MessageRecord, QueueRecord } from './queue-store.ts';

/** Attributes that a caller may set, with AWS's defaults. */
export const ATTRIBUTE_DEFAULTS: Readonly<Record<string, string | undefined>> = {
  DelaySeconds: '0',
  KmsDataKeyReusePeriodSeconds: undefined,
  KmsMasterKeyId: undefined,
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  Policy: undefined,
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: undefined,
  RedrivePolicy: undefined,
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

/** Takes over attributes; an empty text removes one. Throws InvalidAttributeName and InvalidAttributeValue. */
export function setAttributes(queue: QueueRecord, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'FifoQueue' || name === 'ContentBasedDeduplication') {
      if (value === 'true') throw new ServiceError('UnsupportedOperation', 'local-aws has no FIFO queues.');
    } else if (!Object.hasOwn(ATTRIBUTE_DEFAULTS, name)) {
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    } else {
      checkValue(name, value);
      if (value === '') delete queue.attributes[name];
      else queue.attributes[name] = value;
    }
  }
}

export function numberOf(queue: QueueRecord, name: string): number {
  return Number(queue.attributes[name] ?? ATTRIBUTE_DEFAULTS[name]);
}

/** `{"deadLetterTargetArn":"…","maxReceiveCount":3}` */
export function redrivePolicy(queue: QueueRecord): { deadLetterArn: string; maxReceiveCount: number } | undefined {
  const text = queue.attributes.RedrivePolicy;
  if (text === undefined) return undefined;
  const policy = JSON.parse(text) as { deadLetterTargetArn: string; maxReceiveCount: number | string };
  return { deadLetterArn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount) };
}

/** All attributes as GetQueueAttributes answers them. */
export function allAttributes(
  queue: QueueRecord,
  messages: readonly MessageRecord[],
  now: number,
): Record<string, string> {
  const delayed = messages.filter((message) => message.receiveCount === 0 && message.visibleAt > now).length;
  const inFlight = messages.filter((message) => message.receiveCount > 0 && message.visibleAt > now).length;
  const set = Object.entries({ ...ATTRIBUTE_DEFAULTS, ...queue.attributes }).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(set) as Record<string, string>),
    QueueArn: queue.arn,
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.changedAt / 1000)),
    ApproximateNumberOfMessages: String(messages.length - delayed - inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
  };
}

function checkValue(name: string, value: string): void {
  if (value === '') return;
  const isNumber = /^\d+$/.test(ATTRIBUTE_DEFAULTS[name] ?? '');
  if (isNumber && !/^\d+$/.test(value)) {
    throw new ServiceError('InvalidAttributeValue', `${name} must be a whole number, not "${value}".`);
  }
  if (name === 'RedrivePolicy' && !isRedrivePolicy(value)) {
    throw new ServiceError('InvalidAttributeValue', 'RedrivePolicy needs deadLetterTargetArn and maxReceiveCount.');
  }
  if (name !== 'Policy') return;
  try {
    parsePolicy(value, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError('InvalidAttributeValue', error.message);
    throw error;
  }
}

function isRedrivePolicy(text: string): boolean {
  try {
    const policy: unknown = JSON.parse(text);
    return (
      typeof policy === 'object' && policy !== null && 'deadLetterTargetArn' in policy && 'maxReceiveCount' in policy
    );
  } catch {
    return false;
  }
}
