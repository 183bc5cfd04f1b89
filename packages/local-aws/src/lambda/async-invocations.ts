import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import { ServiceError } from '../cloud/service.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import type { InvocationResult } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';

/** Delays before the first and second retry. On AWS it is one and two minutes. */
const RETRY_DELAYS_MS = [500, 1000];
const DEFAULT_RETRIES = 2;
const DEFAULT_MAX_AGE_SECONDS = 21_600;

interface Attempted {
  readonly record: FunctionRecord;
  readonly requestId: string;
  readonly payload: Buffer;
  readonly attempts: number;
  readonly result: InvocationResult | undefined;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'Success';
}

/** Asynchronous invocations: answered at once, retried, and at last sent to the function's destination or dead-letter queue. */
export class AsyncInvocations {
  readonly #cloud: Cloud;
  readonly #store: FunctionStore;
  readonly #pool: EnvironmentPool;
  readonly #stopped = new AbortController();

  constructor(cloud: Cloud, store: FunctionStore, pool: EnvironmentPool) {
    this.#cloud = cloud;
    this.#store = store;
    this.#pool = pool;
  }

  add(name: string, requestId: string, payload: Buffer): void {
    this.#run(name, requestId, payload).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted)
        process.emitWarning(`local-aws: asynchronous invocation of ${name}: ${String(error)}`);
    });
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(name: string, requestId: string, payload: Buffer): Promise<void> {
    const startedAt = this.#cloud.now();
    for (let attempt = 1; ; attempt++) {
      // Read anew: the function may have changed or gone between attempts.
      const record = this.#store.functions.get(name);
      if (record === undefined) return;
      const result = await this.#attempt(record, requestId, payload);
      if (this.#stopped.signal.aborted) return;
      const attempted = { record, requestId, payload, attempts: attempt, result };
      if (result !== undefined && result.functionError === undefined) {
        await this.#send(record.asyncConfig?.onSuccessArn, { ...attempted, condition: 'Success' });
        return;
      }
      const maxAgeMs = (record.asyncConfig?.maximumEventAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS) * 1000;
      const isOver = attempt > (record.asyncConfig?.maximumRetryAttempts ?? DEFAULT_RETRIES);
      const isOld = this.#cloud.now() - startedAt > maxAgeMs;
      if (isOver || isOld) {
        await this.#giveUp({ ...attempted, condition: isOver ? 'RetriesExhausted' : 'EventAgeExceeded' });
        return;
      }
      await sleep(RETRY_DELAYS_MS[attempt - 1], undefined, { signal: this.#stopped.signal, ref: false });
    }
  }

  /** Undefined where the function could not even be run (its role may not be assumed). */
  async #attempt(record: FunctionRecord, requestId: string, payload: Buffer): Promise<InvocationResult | undefined> {
    try {
      return await this.#pool.with(record, true, (environment) => environment.invoke(requestId, payload));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      process.emitWarning(`local-aws could not run ${record.name}: ${error.message}`);
      return undefined;
    }
  }

  async #giveUp(attempted: Attempted): Promise<void> {
    const { record, result, requestId } = attempted;
    await this.#send(record.asyncConfig?.onFailureArn, attempted);
    if (record.settings.deadLetterArn === undefined) return;
    const { errorMessage = '' } = result === undefined ? {} : (parse(result.payload) as { errorMessage?: string });
    await this.#sendMessage(record, record.settings.deadLetterArn, attempted.payload.toString(), {
      RequestID: { DataType: 'String', StringValue: requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: errorMessage.slice(0, 1024) || 'unknown' },
    });
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
  async #send(destination: string | undefined, attempted: Attempted): Promise<void> {
    if (destination === undefined) return;
    const { record, requestId, payload, attempts, result, condition } = attempted;
    const body = {
      version: '1.0',
      timestamp: new Date(this.#cloud.now()).toISOString(),
      requestContext: {
        requestId,
        functionArn: `${record.arn}:$LATEST`,
        condition,
        approximateInvokeCount: attempts,
      },
      requestPayload: parse(payload),
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result?.functionError !== undefined && { functionError: result.functionError }),
      },
      responsePayload: result === undefined ? null : parse(result.payload),
    };
    await this.#sendMessage(record, destination, JSON.stringify(body));
  }

  async #sendMessage(
    record: FunctionRecord,
    arn: string,
    MessageBody: string,
    MessageAttributes?: object,
  ): Promise<void> {
    const { principal } = await this.#cloud.identities.assumeRole(
      record.settings.role,
      record.name,
      'lambda.amazonaws.com',
      record.arn,
    );
    const QueueUrl = `${this.#cloud.endpointUrl}/${this.#cloud.accountId}/${arn.split(':').at(-1)}`;
    await this.#cloud.call(principal, 'sqs', 'SendMessage', {
      QueueUrl,
      MessageBody,
      ...(MessageAttributes !== undefined && { MessageAttributes }),
    });
  }
}

function parse(payload: Buffer): unknown {
  if (payload.length === 0) return null;
  try {
    return JSON.parse(payload.toString());
  } catch {
    return payload.toString();
  }
}
