import type { Cloud } from '../cloud/cloud.ts';
import type { InvocationResult } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';

/** How an asynchronous invocation ended. */
export interface InvocationOutcome {
  readonly requestId: string;
  readonly payload: string;
  readonly attempts: number;
  /** Of the last attempt; undefined where the function could not be run. */
  readonly result: InvocationResult | undefined;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'Success';
}

/** An attribute's longest text, https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const MAX_ERROR_CHARACTERS = 1024;

/**
 * Tells the function's destination, and for a failure its dead-letter queue, with the function's own role. A queue that
 * cannot be told is a line in the call log and a warning; the other one is told all the same.
 */
export async function reportOutcome(cloud: Cloud, record: FunctionRecord, outcome: InvocationOutcome): Promise<void> {
  const { asyncConfig, settings } = record;
  const isSuccess = outcome.condition === 'Success';
  const destination = isSuccess ? asyncConfig?.onSuccessArn : asyncConfig?.onFailureArn;
  const messages: { arn: string; body: string; attributes?: object }[] = [];
  if (destination !== undefined) {
    messages.push({ arn: destination, body: JSON.stringify(destinationRecord(cloud, record, outcome)) });
  }
  if (!isSuccess && settings.deadLetterArn !== undefined) {
    messages.push({ arn: settings.deadLetterArn, body: outcome.payload, attributes: deadLetterAttributes(outcome) });
  }
  for (const { arn, body, attributes } of messages) {
    try {
      await send(cloud, record, arn, body, attributes);
    } catch (error) {
      process.emitWarning(`local-aws could not tell ${arn} how the function ${record.name} ended: ${String(error)}`);
    }
  }
}

async function send(cloud: Cloud, record: FunctionRecord, arn: string, body: string, attributes?: object) {
  const { role } = record.settings;
  const { principal } = await cloud.identities.assumeRole(role, record.name, 'lambda.amazonaws.com', record.arn);
  await cloud.call(principal, 'sqs', 'SendMessage', {
    QueueUrl: `${cloud.endpointUrl}/${cloud.accountId}/${arn.split(':').at(-1)}`,
    MessageBody: body,
    ...(attributes !== undefined && { MessageAttributes: attributes }),
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destinationRecord(cloud: Cloud, record: FunctionRecord, outcome: InvocationOutcome): object {
  const { requestId, payload, attempts, result, condition } = outcome;
  const functionError = result?.functionError;
  return {
    version: '1.0',
    timestamp: new Date(cloud.now()).toISOString(),
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
      ...(functionError !== undefined && { functionError }),
    },
    responsePayload: result === undefined ? null : parse(result.payload.toString()),
  };
}

function deadLetterAttributes({ requestId, result }: InvocationOutcome): object {
  const { errorMessage = '' } = (parse(result?.payload.toString() ?? '') ?? {}) as { errorMessage?: string };
  const text = errorMessage.slice(0, MAX_ERROR_CHARACTERS) || 'The function could not be run.';
  return {
    RequestID: { DataType: 'String', StringValue: requestId },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: text },
  };
}

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text);
}
