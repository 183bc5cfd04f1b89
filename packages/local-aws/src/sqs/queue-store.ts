import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';

export interface QueueRecord {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  changedAt: number;
  attributes: Record<string, string>;
  tags: Record<string, string>;
}

/** One message attribute, bytes as Base64. */
export interface StoredAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly binaryBase64?: string;
}

export interface MessageRecord {
  readonly id: string;
  readonly body: string;
  readonly attributes: Record<string, StoredAttribute>;
  readonly senderId: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  receiptHandle?: string;
  /** Set on a message that a redrive moved here. */
  readonly sourceQueueArn?: string;
}

/** Queues and their messages; one collection of messages per queue. */
export class QueueStore {
  readonly queues: Collection<QueueRecord>;
  readonly cloud: Cloud;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.queues = cloud.collection('sqs/queues');
  }

  /** The last part of a queue's URL is its name; the host may be an earlier run's. */
  nameOf(url: string | undefined): string {
    return url?.split('/').at(-1) ?? '';
  }

  find(url: string | undefined): QueueRecord {
    const queue = this.queues.get(this.nameOf(url));
    if (queue === undefined) throw new ServiceError('QueueDoesNotExist', `The queue ${url} does not exist.`);
    return queue;
  }

  url(name: string): string {
    return `${this.cloud.endpointUrl}/${this.cloud.accountId}/${name}`;
  }

  arn(name: string): string {
    return `arn:aws:sqs:${this.cloud.region}:${this.cloud.accountId}:${name}`;
  }

  permission(action: string, url: string | undefined): Permission[] {
    const name = this.nameOf(url);
    const resourcePolicy = this.queues.get(name)?.attributes.Policy;
    return [{ action: `sqs:${action}`, resource: this.arn(name), resourcePolicy }];
  }

  messages(queue: QueueRecord): Collection<MessageRecord> {
    return this.cloud.collection(`sqs/messages/${queue.name}`);
  }

  add(
    queue: QueueRecord,
    message: Pick<MessageRecord, 'body' | 'attributes' | 'senderId'> & Partial<MessageRecord>,
  ): MessageRecord {
    const now = this.cloud.now();
    const record = { id: randomUUID(), sentAt: now, visibleAt: now, receiveCount: 0, ...message };
    this.messages(queue).set(record.id, record);
    for (const wake of this.#waiting.get(queue.name) ?? []) wake();
    return record;
  }

  /** Resolves when a message may have come, or after the time. */
  waitForMessage(queue: QueueRecord, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(queue.name) ?? new Set();
      this.#waiting.set(queue.name, waiting);
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      waiting.add(done);
    });
  }

  /** Lets long polls return, so that the server can close. */
  stop(): void {
    for (const waiting of this.#waiting.values()) for (const wake of waiting) wake();
  }
}
