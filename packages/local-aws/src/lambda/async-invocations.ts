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

/** Why there is no result: not to be run, too old when its turn came, or (its role may not be assumed) not possible. */
type NotRun = 'ZeroReservedConcurrency' | 'EventAgeExceeded' | 'NotStarted';

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
      const condition = this.#conclude(record, event, result);
      if (condition !== undefined) {
        const { requestId, payload, attempts } = event;
        const outcome = { requestId, payload, attempts, result: isNotRun(result) ? undefined : result, condition };
        await reportOutcome(this.#cloud, record, outcome);
        return;
      }
      await sleep(RETRY_DELAYS_MS[event.attempts - 1], undefined, { signal: this.#stopped.signal, ref: false });
    }
  }

  /** Waits for its turn, which takes as long as the function is throttled. */
  async #attempt(record: FunctionRecord, event: EventRecord): Promise<InvocationResult | NotRun> {
    if (record.reservedConcurrency === 0) return 'ZeroReservedConcurrency';
    try {
      const payload = Buffer.from(event.payload);
      const result = await this.#pool.with(record, true, async (environment) =>
        this.#isTooOld(record, event) ? 'EventAgeExceeded' : environment.invoke(event.requestId, payload),
      );
      if (isNotRun(result)) return result;
      this.#count(event);
      return result;
    } catch (error) {
      if (record.reservedConcurrency === 0) return 'ZeroReservedConcurrency';
      if (!this.#stopped.signal.aborted) {
        process.emitWarning(`local-aws could not run the function ${record.name}: ${String(error)}`);
      }
      this.#count(event);
      return 'NotStarted';
    }
  }

  #count(event: EventRecord): void {
    event.attempts += 1;
    this.#events.set(event.requestId, event);
  }

  /** Undefined while another attempt is due. */
  #conclude(
    record: FunctionRecord,
    event: EventRecord,
    result: InvocationResult | NotRun,
  ): InvocationOutcome['condition'] | undefined {
    if (result === 'ZeroReservedConcurrency' || result === 'EventAgeExceeded') return result;
    if (result !== 'NotStarted' && result.functionError === undefined) return 'Success';
    if (event.attempts > (record.asyncConfig?.maximumRetryAttempts ?? DEFAULT_RETRIES)) return 'RetriesExhausted';
    return this.#isTooOld(record, event) ? 'EventAgeExceeded' : undefined;
  }

  #isTooOld({ asyncConfig }: FunctionRecord, { acceptedAt }: EventRecord): boolean {
    const maxAgeMs = (asyncConfig?.maximumEventAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS) * 1000;
    return this.#cloud.now() - acceptedAt > maxAgeMs;
  }
}

function isNotRun(result: InvocationResult | NotRun): result is NotRun {
  return typeof result === 'string';
}
