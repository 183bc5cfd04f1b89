import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';

/** Lines reach the log within this time. */
const FLUSH_MS = 50;

/** The log stream of one execution environment, written with the function's own permissions. */
export class FunctionLog {
  readonly groupName: string;
  readonly streamName: string;
  readonly #cloud: Cloud;
  readonly #principal: Principal;
  #pending: { timestamp: number; message: string }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isCreated = false;
  #isClosed = false;
  #tail: string[] = [];

  constructor(cloud: Cloud, principal: Principal, groupName: string) {
    this.#cloud = cloud;
    this.#principal = principal;
    this.groupName = groupName;
    const day = new Date(cloud.now()).toISOString().slice(0, 10).replaceAll('-', '/');
    this.streamName = `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  }

  line(message: string): void {
    if (message === '' || this.#isClosed) return;
    this.#pending.push({ timestamp: this.#cloud.now(), message });
    this.#tail = [...this.#tail, message].slice(-100);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  /** Lines since the last call, for Invoke's LogResult (4 KB). */
  takeTail(): string {
    const text = this.#tail.join('\n');
    this.#tail = [];
    return text.slice(-4096);
  }

  /** Writes what is left; later lines are dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const logEvents = this.#pending;
    this.#pending = [];
    if (logEvents.length === 0) return;
    this.#writing = this.#writing
      .then(() => this.#write(logEvents))
      .catch(() => {
        // A function that may not log runs all the same; the refusal is in the call log.
      });
  }

  async #write(logEvents: readonly { timestamp: number; message: string }[]): Promise<void> {
    const stream = { logGroupName: this.groupName, logStreamName: this.streamName };
    if (!this.#isCreated) {
      await this.#createStream(stream);
      this.#isCreated = true;
    }
    await this.#cloud.call(this.#principal, 'logs', 'PutLogEvents', { ...stream, logEvents });
  }

  async #createStream(stream: { logGroupName: string; logStreamName: string }): Promise<void> {
    try {
      await this.#cloud.call(this.#principal, 'logs', 'CreateLogStream', stream);
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === 'ResourceNotFoundException')) throw error;
      await this.#cloud.call(this.#principal, 'logs', 'CreateLogGroup', { logGroupName: stream.logGroupName });
      await this.#cloud.call(this.#principal, 'logs', 'CreateLogStream', stream);
    }
  }
}
