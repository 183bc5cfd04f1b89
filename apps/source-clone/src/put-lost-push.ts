import { awsCallError, failureDetails } from '@gitsource/job-protocol';
import { putDeadLetter } from '@gitsource/runtime';
import type { PushConfig } from './config.ts';
import type { PushPorts } from './ports.ts';

/** Tells the dead-letter queue of a push whose zip could not be made, as zip download does; that this fails is a line of the log. */
export async function putLostPush({ sqs, log }: PushPorts, config: PushConfig, reason: unknown): Promise<void> {
  const { deadLetterQueueUrl: queueUrl, push } = config;
  if (queueUrl === undefined) return;
  const { deliveryId, ref, commit: after, repositoryPath: path } = push;
  try {
    const detail = { deliveryId, ref: ref.text, after, repository: { path } };
    await putDeadLetter({ sqs, queueUrl }, awsCallError('the push', reason), [{ detail }]);
    log.line('The push is told in the dead-letter queue');
  } catch (error) {
    log.line(failureDetails(error).message);
  }
}
