import { randomUUID } from 'node:crypto';
import type * as sqs from '@aws-sdk/client-sqs';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { md5, md5OfAttributes, selectAttributes, storeAttributes } from './message-attributes.ts';
import { numberOf, redrivePolicy } from './queue-attributes.ts';
import type { MessageRecord, QueueRecord, QueueStore } from './queue-store.ts';

export function messageOperations(store: QueueStore): Service['operations'] {
  const on = (action: string) => (input: { QueueUrl: string | undefined }) => store.permission(action, input.QueueUrl);
  return {
    SendMessage: operation(on('SendMessage'), (input: sqs.SendMessageRequest, call): sqs.SendMessageResult => {
      const queue = store.find(input.QueueUrl);
      const body = input.MessageBody ?? '';
      checkBody(queue, body);
      const delayMs = (input.DelaySeconds ?? numberOf(queue, 'DelaySeconds')) * 1000;
      const message = store.add(queue, {
        body,
        attributes: storeAttributes(input.MessageAttributes),
        senderId: call.principal.arn,
        visibleAt: store.cloud.now() + delayMs,
      });
      const MD5OfMessageAttributes = md5OfAttributes(message.attributes);
      return {
        MessageId: message.id,
        MD5OfMessageBody: md5(body),
        ...(MD5OfMessageAttributes !== undefined && { MD5OfMessageAttributes }),
      };
    }),
    ReceiveMessage: operation(
      on('ReceiveMessage'),
      async (input: sqs.ReceiveMessageRequest): Promise<sqs.ReceiveMessageResult> => {
        const queue = store.find(input.QueueUrl);
        const taken = await receive(store, queue, input);
        return taken.length === 0 ? {} : { Messages: taken.map((message) => messageView(message, input)) };
      },
    ),
    DeleteMessage: operation(on('DeleteMessage'), (input: sqs.DeleteMessageRequest) => {
      const queue = store.find(input.QueueUrl);
      const message = byHandle(store, queue, input.ReceiptHandle);
      if (message !== undefined) store.messages(queue).delete(message.id);
    }),
    ChangeMessageVisibility: operation(on('ChangeMessageVisibility'), (input: sqs.ChangeMessageVisibilityRequest) => {
      const queue = store.find(input.QueueUrl);
      const message = byHandle(store, queue, input.ReceiptHandle);
      if (message === undefined)
        throw new ServiceError('ReceiptHandleIsInvalid', 'The receipt handle is not a current one.');
      message.visibleAt = store.cloud.now() + (input.VisibilityTimeout ?? 0) * 1000;
      store.messages(queue).set(message.id, message);
    }),
  };
}

async function receive(
  store: QueueStore,
  queue: QueueRecord,
  input: sqs.ReceiveMessageRequest,
): Promise<MessageRecord[]> {
  const count = input.MaxNumberOfMessages ?? 1;
  if (count < 1 || count > 10) throw new ServiceError('InvalidParameterValue', 'MaxNumberOfMessages must be 1 to 10.');
  const waitSeconds = input.WaitTimeSeconds ?? numberOf(queue, 'ReceiveMessageWaitTimeSeconds');
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const taken = take(store, queue, count, input.VisibilityTimeout ?? numberOf(queue, 'VisibilityTimeout'));
    const leftMs = deadline - Date.now();
    if (taken.length > 0 || leftMs <= 0) return taken;
    // A hidden message becomes visible by itself, so a long wait looks again each second.
    await store.waitForMessage(queue, Math.min(leftMs, 1000));
  }
}

function take(store: QueueStore, queue: QueueRecord, count: number, visibilitySeconds: number): MessageRecord[] {
  const now = store.cloud.now();
  const messages = store.messages(queue);
  const oldest = now - numberOf(queue, 'MessageRetentionPeriod') * 1000;
  const redrive = redrivePolicy(queue);
  const taken: MessageRecord[] = [];
  for (const message of messages.values()) {
    if (taken.length === count) break;
    if (message.sentAt < oldest) messages.delete(message.id);
    else if (message.visibleAt > now) continue;
    else if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
      moveToDeadLetters(store, queue, message, redrive.deadLetterArn);
    } else {
      message.visibleAt = now + visibilitySeconds * 1000;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.receiptHandle = randomUUID();
      messages.set(message.id, message);
      taken.push(message);
    }
  }
  return taken;
}

function moveToDeadLetters(store: QueueStore, queue: QueueRecord, message: MessageRecord, arn: string): void {
  const target = store.queues.get(arn.split(':').at(-1) ?? '');
  if (target === undefined) return;
  store.messages(queue).delete(message.id);
  const { id, body, attributes, senderId, sentAt } = message;
  store.add(target, { id, body, attributes, senderId, sentAt, sourceQueueArn: queue.arn });
}

function byHandle(store: QueueStore, queue: QueueRecord, handle: string | undefined): MessageRecord | undefined {
  return [...store.messages(queue).values()].find((message) => message.receiptHandle === handle);
}

function checkBody(queue: QueueRecord, body: string): void {
  const maxBytes = numberOf(queue, 'MaximumMessageSize');
  if (body === '') throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (Buffer.byteLength(body) > maxBytes) {
    throw new ServiceError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Message must be shorter than ${maxBytes} bytes.`,
    );
  }
}

function messageView(message: MessageRecord, input: sqs.ReceiveMessageRequest): sqs.Message {
  const names: readonly string[] = [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])];
  const system: Record<string, string> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? 0),
    ...(message.sourceQueueArn !== undefined && { DeadLetterQueueSourceArn: message.sourceQueueArn }),
  };
  const asked = Object.entries(system).filter(([name]) => names.includes('All') || names.includes(name));
  const MessageAttributes = selectAttributes(message.attributes, input.MessageAttributeNames);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle ?? '',
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(asked.length > 0 && { Attributes: Object.fromEntries(asked) }),
    ...(MessageAttributes !== undefined && { MessageAttributes }),
  };
}
