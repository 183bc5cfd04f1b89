import { type NewestContent, type NewestOutcome, uploadNewest, writeSourceMetadata } from '@gitsource/artifact';
import { CodedError } from '@gitsource/events';
import { failureDetails } from '@gitsource/job-protocol';
import { attemptDelivery } from './attempt-delivery.ts';
import { HandOver } from './hand-over.ts';
import type { Push } from './parse-push.ts';
import type { PushPorts } from './ports.ts';
import type { PushSettings } from './push-settings.ts';
import { putLostPush } from './put-lost-push.ts';
import type { Source, SourceRequest } from './source.ts';
import { uploadSource } from './upload-source.ts';
import { withSource } from './with-source.ts';

/** By which the ref is seen to be gone, in either way. */
const REF_IS_GONE = ['git/ref-missing', 'git/repository-empty'];

/**
 * Brings the zip of a ref's newest commit into the bucket. A push is a hint that the ref changed: what the server holds now
 * is what is kept, so pushes may be told late, twice and in any order. What may pass is tried three times; a failure is told
 * in the dead-letter queue, and is the last line of the log. Throws a `HandOver`, and nothing else.
 */
export async function deliverPush(
  ports: PushPorts,
  settings: PushSettings,
  push: Push,
): Promise<NewestOutcome['kind'] | 'failed'> {
  tellPush(ports, push);
  try {
    const outcome = await attemptDelivery(ports, () => deliverNewest(ports, settings, push));
    ports.log.line(tell(outcome, settings, push));
    return outcome.kind;
  } catch (error) {
    // What an end from outside interrupts fails in its own way; why it ended says more.
    const reason: unknown = ports.signal.aborted ? ports.signal.reason : error;
    if (reason instanceof HandOver) throw reason;
    await putLostPush(ports, settings, push, reason);
    const { type, message } = failureDetails(reason);
    ports.log.line(`Failed: ${type}: ${message}`);
    return 'failed';
  }
}

/** The first line of each push, in either lane. */
export function tellPush(
  { log }: Pick<PushPorts, 'log'>,
  { deliveryId, ref, repositoryPath, commit }: Pick<Push, 'deliveryId' | 'ref' | 'repositoryPath' | 'commit'>,
): void {
  log.line(`Delivery ${deliveryId}: ${ref.text} of ${repositoryPath} is at ${commit ?? 'no commit any more'}`);
}

async function deliverNewest(ports: PushPorts, settings: PushSettings, push: Push): Promise<NewestOutcome> {
  const target = { s3: ports.s3, bucket: settings.outputBucket, key: push.key };
  return uploadNewest(target, async (keep) => {
    try {
      return await withSource(ports, requestOf(settings, push), (source) =>
        keep(contentOf(ports, settings, push, source)),
      );
    } catch (error) {
      if (error instanceof CodedError && REF_IS_GONE.includes(error.code)) return undefined;
      throw error;
    }
  });
}

function requestOf(settings: PushSettings, { gitUrl, remote, ref, repositoryPath }: Push): SourceRequest {
  const { connectionSecret: credentialsSecret, outputArtifactFormat, submodules, gitLfs, fetchMethod } = settings;
  const form = { outputArtifactFormat, submodules, gitLfs, paths: [], fetchMethod };
  return { ...form, gitUrl, remote, ref, repositoryPath, credentialsSecret };
}

function contentOf(ports: PushPorts, settings: PushSettings, push: Push, source: Source): NewestContent {
  const commit = source.commit.sha;
  const metadata = writeSourceMetadata({
    commit,
    ref: push.ref.text,
    repository: push.repositoryPath,
    host: push.gitUrl.host,
    delivery: push.deliveryId,
  });
  return {
    commit,
    upload: (condition) =>
      uploadSource(ports, source.zip, {
        client: ports.s3,
        bucket: settings.outputBucket,
        key: push.key,
        encryptionKeyId: 'bucket-default',
        metadata,
        condition,
      }),
  };
}

function tell(outcome: NewestOutcome, { outputBucket }: PushSettings, push: Push): string {
  const object = `s3://${outputBucket}/${push.key}`;
  switch (outcome.kind) {
    case 'uploaded':
      return `${object} is ${outcome.commit} now`;
    case 'already-there':
      return `${object} was ${outcome.commit} already; nothing to upload`;
    case 'ref-missing':
      return `${push.ref.text} is gone; the last zip stays at ${object}`;
  }
}
