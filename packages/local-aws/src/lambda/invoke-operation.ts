import { randomUUID } from 'node:crypto';
import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Operation, ServiceError } from '../cloud/service.ts';
import type { AsyncInvocations } from './async-invocations.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import type { InvocationResult } from './execution-environment.ts';
import type { FunctionStore } from './function-store.ts';
import { refuseOthers } from './refuse-others.ts';

/** Largest synchronous payload, response, and asynchronous payload, in bytes. */
const MAX_SYNC_BYTES = 6 * 1024 * 1024;
const MAX_RESPONSE_BYTES = 6_291_556;
const MAX_ASYNC_BYTES = 1024 * 1024;

/** Invoke: RequestResponse waits for the answer, Event answers 202 at once, DryRun only checks. */
export function invokeOperation(store: FunctionStore, pool: EnvironmentPool, queue: AsyncInvocations): Operation {
  return operation(
    (input: lambda.InvocationRequest, call) => store.invokePermission(input.FunctionName, call),
    async (input): Promise<lambda.InvocationResponse> => {
      refuseOthers(input, ['FunctionName', 'Qualifier', 'InvocationType', 'LogType', 'Payload']);
      const record = store.find(input.FunctionName, input.Qualifier);
      const payload = Buffer.from(input.Payload ?? '{}');
      const type = input.InvocationType ?? 'RequestResponse';
      const limit = type === 'Event' ? MAX_ASYNC_BYTES : MAX_SYNC_BYTES;
      if (payload.length > limit) {
        throw new ServiceError(
          'RequestTooLargeException',
          `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
          413,
        );
      }
      checkJson(payload);
      if (type === 'DryRun') return { StatusCode: 204 };
      if (type === 'Event') {
        queue.add(record.name, randomUUID(), payload);
        return { StatusCode: 202 };
      }
      const ran = await pool.with(record, false, (environment) => environment.invoke(randomUUID(), payload));
      const result = ran.payload.length > MAX_RESPONSE_BYTES ? tooLong(ran) : ran;
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: result.payload as Uint8Array as lambda.InvocationResponse['Payload'],
        ...(result.functionError !== undefined && { FunctionError: result.functionError }),
        ...(input.LogType === 'Tail' && { LogResult: Buffer.from(result.logTail).toString('base64') }),
      };
    },
  ) as Operation;
}

function tooLong(result: InvocationResult): InvocationResult {
  const reason = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
  const error = { errorMessage: reason, errorType: 'Function.ResponseSizeTooLarge' };
  return { ...result, payload: Buffer.from(JSON.stringify(error)), functionError: 'Unhandled' };
}

function checkJson(payload: Buffer): void {
  try {
    JSON.parse(payload.toString());
  } catch {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json');
  }
}
