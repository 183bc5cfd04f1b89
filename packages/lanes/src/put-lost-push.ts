import { awsCallError, failureDetails } from '@gitsource/job-protocol';
import { putDeadLetter } from '@gitsource/runtime';
import type { Push } from './parse-push.ts';
import type { PushPorts } from './ports.ts';
import type { PushSettings } from './push-settings.ts';

/** Tells the dead-letter queue of a push whose zip could not be made, as zip download does; that this fails is a line of the log. */
export async function putLostPush(
  { sqs, log }: Pick<PushPorts, 'sqs' | 'log'>,
  { deadLetterQueueUrl: queueUrl }: PushSettings,
  { deliveryId, ref, commit: after, repositoryPath: path }: Push,
  reason: unknown,
): Promise<void> {
  if (queueUrl === undefined) return;
  try {
    const detail = { deliveryId, ref: ref.text, after, repository: { path } };
    await putDeadLetter({ sqs, queueUrl }, awsCallError('the push', reason), [{ detail }]);
    log.line('The push is told in the dead-letter queue');
  } catch (error) {
    log.line(failureDetails(error).message);
  }
}
