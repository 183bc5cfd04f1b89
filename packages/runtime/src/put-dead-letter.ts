import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { CodedError } from '@gitsource/events';
import { readAwsFailure } from './aws-failure.ts';
import { RuntimeError } from './errors.ts';

/** What every SQS queue takes, as EventBridge's events: 256 KiB. A queue may be set to more. */
const MAX_MESSAGE_BYTES = 262_144;
/** A refused event may have as many faults as it has paths. */
const MAX_REASON_CHARACTERS = 2_000;

export interface DeadLetterQueue {
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
}

/**
 * Sends what no retry can help to the queue that people look into, with its reason: `{"code", "message", …input}`. Of the
 * forms of the input, whole first, the first that fits is sent. Throws `runtime/dead-letter-failed`.
 */
export async function putDeadLetter(
  { sqs, queueUrl }: DeadLetterQueue,
  error: CodedError,
  inputs: readonly object[],
): Promise<void> {
  const { code } = error;
  const message = error.message.slice(0, MAX_REASON_CHARACTERS);
  const bodies = [...inputs, {}].map((input) => JSON.stringify({ code, message, ...input }));
  const body = bodies.find((text) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES);
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  } catch (cause) {
    const failure = readAwsFailure(cause);
    const reason = failure === undefined ? String(cause) : `${failure.name}: ${failure.message}`;
    throw new RuntimeError(
      'runtime/dead-letter-failed',
      `The dead-letter queue took no message (${reason}). Allow the function's role sqs:SendMessage on it. The event failed by ${code}: ${message}`,
      { cause },
    );
  }
}
