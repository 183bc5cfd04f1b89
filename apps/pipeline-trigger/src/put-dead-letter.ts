import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { CodedError } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { PipelineTriggerError } from './errors.ts';
import { membersOf } from './members-of.ts';
import type { Ports } from './ports.ts';

/** What every SQS queue takes, as EventBridge's events: 256 KiB. A queue may be set to more. */
const MAX_MESSAGE_BYTES = 262_144;
/** A refused event may have as many faults as it has paths. */
const MAX_REASON_CHARACTERS = 2_000;

/**
 * Sends what no retry can help to the queue that people look into, with its reason:
 * `{"code", "message", "pipelineName", "pathIncludes", "pathExcludes", "allowForks", "event"}`, which is again an input of this function.
 * An event too long for the queue loses its paths first. Throws `pipeline-trigger/dead-letter-failed`.
 */
export async function putDeadLetter({ sqs }: Pick<Ports, 'sqs'>, config: Config, input: unknown, error: CodedError) {
  const { pipelineName, pathIncludes, pathExcludes, allowForks, event } = membersOf(input);
  const { code } = error;
  const message = error.message.slice(0, MAX_REASON_CHARACTERS);
  const letter = { code, message, pipelineName, pathIncludes, pathExcludes, allowForks };
  const { changedPaths, ...others } = membersOf(event);
  const withoutPaths =
    changedPaths === undefined ? undefined : { ...others, changedPaths: [], changedPathsComplete: false };
  const bodies = [event, withoutPaths].map((kept) => JSON.stringify({ ...letter, event: kept }));
  const body =
    bodies.find((text) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES) ??
    JSON.stringify({ code, message, pipelineName: String(pipelineName).slice(0, 100) });
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl: config.deadLetterQueueUrl, MessageBody: body }));
  } catch (cause) {
    const failure = readAwsFailure(cause);
    const reason = failure === undefined ? String(cause) : `${failure.name}: ${failure.message}`;
    throw new PipelineTriggerError(
      'pipeline-trigger/dead-letter-failed',
      `The dead-letter queue took no message (${reason}). The event failed by ${code}: ${message}`,
      { cause },
    );
  }
}
