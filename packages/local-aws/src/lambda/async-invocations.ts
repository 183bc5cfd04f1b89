import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import type { InvocationResult } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { type InvocationOutcome, reportOutcome } from './report-outcome.ts';

/** Delays before the first and second retry. On AWS it is one and two minutes. */
const RETRY_DELAYS_MS = [500, 1000];
/** AWS's defaults: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const DEFAULT_RETRIES = 2;
export const DEFAULT_MAX_AGE_SECONDS = 21_600;

/** An accepted event until its function succeeded or was given up. */
interface EventRecord {
  readonly requestId: string;
  readonly functionName: string;
  readonly payload: string;
  readonly acceptedAt: number;
  /** Finished attempts. */
  attempts: number;
}

/**
 * Asynchronous invocations: answered at once, retried, and at last sent to the function's destination or dead-letter
 * queue. Kept until then, so a restart repeats the attempt it interrupted, as AWS may deliver an event twice.
 */
export class AsyncInvocations {
  readonly #cloud: Cloud;
  readonly #functions: FunctionStore;
  readonly #pool: EnvironmentPool;
  readonly #events: Collection<EventRecord>;
  readonly #stopped = new AbortController();

  constructor(cloud: Cloud, functions: FunctionStore, pool: EnvironmentPool) {
    this.#cloud = cloud;
    this.#functions = functions;
    this.#pool = pool;
    this.#events = cloud.collection('lambda/events');
  }

  add(functionName: string, requestId: string, payload: Buffer): void {
    const acceptedAt = this.#cloud.now();
    const event = { requestId, functionName, payload: payload.toString(), acceptedAt, attempts: 0 };
    this.#events.set(requestId, event);
    void this.#run(event);
  }

  /** Goes on with what an earlier run left. */
  resume(): void {
    for (const event of this.#events.values()) void this.#run(event);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(event: EventRecord): Promise<void> {
    try {
      await this.#attemptAll(event);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      process.emitWarning(`local-aws lost an event of the function ${event.functionName}: ${String(error)}`);
    }
    this.#events.delete(event.requestId);
  }

  async #attemptAll(event: EventRecord): Promise<void> {
    for (;;) {
      // Read anew: the function may have changed or gone between attempts.
      const record = this.#functions.functions.get(event.functionName);
      if (record === undefined) return;
      const result = await this.#attempt(record, event);
      this.#stopped.signal.throwIfAborted();
      event.attempts += 1;
      this.#events.set(event.requestId, event);
      const condition = this.#conclude(record, event, result);
      if (condition !== undefined) {
        const { requestId, payload, attempts } = event;
        await reportOutcome(this.#cloud, record, { requestId, payload, attempts, result, condition });
        return;
      }
      await sleep(RETRY_DELAYS_MS[event.attempts - 1], undefined, { signal: this.#stopped.signal, ref: false });
    }
  }

  /** Undefined where the function could not even be run: its role may not be assumed, its concurrency is 0. */
  async #attempt(record: FunctionRecord, event: EventRecord): Promise<InvocationResult | undefined> {
    try {
      const payload = Buffer.from(event.payload);
      return await this.#pool.with(record, true, (environment) => environment.invoke(event.requestId, payload));
    } catch (error) {
      if (!this.#stopped.signal.aborted) {
        process.emitWarning(`local-aws could not run the function ${record.name}: ${String(error)}`);
      }
      return undefined;
    }
  }

  /** Undefined while another attempt is due. */
  #conclude(
    { asyncConfig }: FunctionRecord,
    { attempts, acceptedAt }: EventRecord,
    result: InvocationResult | undefined,
  ): InvocationOutcome['condition'] | undefined {
    if (result !== undefined && result.functionError === undefined) return 'Success';
    if (attempts > (asyncConfig?.maximumRetryAttempts ?? DEFAULT_RETRIES)) return 'RetriesExhausted';
    const maxAgeMs = (asyncConfig?.maximumEventAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS) * 1000;
    return this.#cloud.now() - acceptedAt > maxAgeMs ? 'EventAgeExceeded' : undefined;
  }
}
