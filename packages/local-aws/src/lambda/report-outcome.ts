import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import type { InvocationResult } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';
import { queueUrl, sendRecord } from './send-record.ts';

/** How an asynchronous invocation ended. */
export interface InvocationOutcome {
  readonly requestId: string;
  readonly payload: string;
  readonly attempts: number;
  /** Of the last attempt; undefined where the function could not be run, or was not. */
  readonly result: InvocationResult | undefined;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency' | 'Success';
}

/** An attribute's longest text, https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const MAX_ERROR_CHARACTERS = 1024;

/**
 * Tells the function's destination, and for a failure its dead-letter queue, with the function's own role. A place that
 * cannot be told is a line in the call log and a warning; the other one is told all the same.
 */
export async function reportOutcome(cloud: Cloud, record: FunctionRecord, outcome: InvocationOutcome): Promise<void> {
  const { asyncConfig, settings } = record;
  const isSuccess = outcome.condition === 'Success';
  const destination = isSuccess ? asyncConfig?.onSuccessArn : asyncConfig?.onFailureArn;
  const functionArn = `${record.arn}:$LATEST`;
  if (destination !== undefined) {
    const text = JSON.stringify(destinationRecord(cloud, functionArn, outcome));
    await tell(cloud, record, destination, (role) =>
      sendRecord(cloud, role, destination, { isSuccess, functionArn, text }),
    );
  }
  const { deadLetterArn } = settings;
  if (isSuccess || deadLetterArn === undefined) return;
  await tell(cloud, record, deadLetterArn, async (role) => {
    await cloud.call(role, 'sqs', 'SendMessage', {
      QueueUrl: queueUrl(cloud, deadLetterArn),
      MessageBody: outcome.payload,
      MessageAttributes: deadLetterAttributes(outcome),
    });
  });
}

async function tell(cloud: Cloud, record: FunctionRecord, arn: string, send: (role: Principal) => Promise<void>) {
  try {
    const { role } = record.settings;
    const { principal } = await cloud.identities.assumeRole(role, record.name, 'lambda.amazonaws.com', record.arn);
    await send(principal);
  } catch (error) {
    process.emitWarning(`local-aws could not tell ${arn} how the function ${record.name} ended: ${String(error)}`);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destinationRecord(cloud: Cloud, functionArn: string, outcome: InvocationOutcome): object {
  const { requestId, payload, attempts, result, condition } = outcome;
  return {
    version: '1.0',
    timestamp: new Date(cloud.now()).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: attempts },
    requestPayload: parse(payload),
    ...(result !== undefined && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result.functionError !== undefined && { functionError: result.functionError }),
      },
      responsePayload: parse(result.payload.toString()),
    }),
  };
}

function deadLetterAttributes({ requestId, result, condition }: InvocationOutcome): object {
  const { errorMessage = '' } = (parse(result?.payload.toString() ?? '') ?? {}) as { errorMessage?: string };
  const text = errorMessage.slice(0, MAX_ERROR_CHARACTERS) || 'The function could not be run.';
  return {
    RequestID: { DataType: 'String', StringValue: requestId },
    ErrorCode: { DataType: 'Number', StringValue: condition === 'ZeroReservedConcurrency' ? '429' : '200' },
    ErrorMessage: { DataType: 'String', StringValue: text },
  };
}

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text);
}
