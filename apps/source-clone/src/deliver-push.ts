import { type NewestContent, type NewestOutcome, uploadNewest, writeSourceMetadata } from '@gitsource/artifact';
import { CodedError } from '@gitsource/events';
import type { FetchedCommit, ObjectCache } from '@gitsource/git';
import { failureDetails } from '@gitsource/job-protocol';
import { attemptDelivery } from './attempt-delivery.ts';
import type { PushConfig } from './config.ts';
import { fetchSource } from './fetch-source.ts';
import { S3ObjectCache } from './object-cache/s3-object-cache.ts';
import type { PushPorts } from './ports.ts';
import { putLostPush } from './put-lost-push.ts';
import { readGitConnection } from './read-source-connection.ts';
import { uploadSource } from './upload-source.ts';
import { zipCommit } from './zip-commit.ts';

/**
 * Brings the zip of a ref's newest commit into the bucket. A push is a hint that the ref changed: what the server holds now
 * is what is kept, so pushes may be told late, twice and in any order. What may pass is tried three times; a failure is told
 * in the dead-letter queue, and is the last line of the log.
 */
export async function deliverPush(ports: PushPorts, config: PushConfig): Promise<NewestOutcome['kind'] | 'failed'> {
  const { push } = config;
  ports.log.line(
    `Delivery ${push.deliveryId}: ${push.ref.text} of ${push.repositoryPath} is at ${push.commit ?? 'no commit any more'}`,
  );
  try {
    const outcome = await attemptDelivery(ports, () => deliverNewest(ports, config));
    ports.log.line(tell(outcome, config));
    return outcome.kind;
  } catch (error) {
    // What a stopped build interrupts fails in its own way; that it was stopped says more.
    const reason: unknown = ports.signal.aborted ? ports.signal.reason : error;
    await putLostPush(ports, config, reason);
    const { type, message } = failureDetails(reason);
    ports.log.line(`Failed: ${type}: ${message}`);
    return 'failed';
  }
}

async function deliverNewest(ports: PushPorts, config: PushConfig): Promise<NewestOutcome> {
  const target = { s3: ports.s3, bucket: config.outputBucket, key: config.push.key };
  const cache = openCache(ports, config);
  let fetched: FetchedCommit | undefined;
  try {
    const outcome = await uploadNewest(target, async () => {
      await fetched?.dispose();
      fetched = await fetchNewest(ports, config, cache);
      return fetched && contentOf(ports, config, fetched);
    });
    if (fetched?.objects !== undefined) await cache?.keep(fetched.objects);
    return outcome;
  } finally {
    await fetched?.dispose();
  }
}

/** Trees and clones are kept apart: one has no history, and the other nothing but what a clone may hold. */
function openCache({ s3, log, signal, randomName }: PushPorts, config: PushConfig): S3ObjectCache | undefined {
  const { cacheBucket: bucket, outputArtifactFormat } = config;
  if (bucket === undefined) return undefined;
  const { host, port, repositoryPath } = config.push.gitUrl;
  const server = port === undefined ? host : `${host}:${port}`;
  const prefix = `${server}/${repositoryPath}/${outputArtifactFormat === 'FULL_CLONE' ? 'clone' : 'tree'}`;
  return new S3ObjectCache({ s3, bucket, prefix, log, signal, randomName });
}

/** `undefined` where the server does not have the ref any more. */
async function fetchNewest(
  ports: PushPorts,
  config: PushConfig,
  cache: ObjectCache | undefined,
): Promise<FetchedCommit | undefined> {
  const { push, connectionSecret: credentialsSecret } = config;
  const { gitUrl, remote, ref, repositoryPath } = push;
  const connection = await readGitConnection(ports, { credentialsSecret, gitUrl, repositoryPath });
  try {
    const request = { ...config, gitUrl, remote, ref, paths: [], ...(cache && { cache }) };
    return await fetchSource(ports, request, connection, 'for a push');
  } catch (error) {
    const isGone = error instanceof CodedError && ['git/ref-missing', 'git/repository-empty'].includes(error.code);
    if (isGone) return undefined;
    throw error;
  }
}

function contentOf(ports: PushPorts, config: PushConfig, fetched: FetchedCommit): NewestContent {
  const { push, outputBucket: bucket } = config;
  const commit = fetched.commit.sha;
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
      uploadSource(ports, zipCommit(ports, fetched, config), {
        client: ports.s3,
        bucket,
        key: push.key,
        encryptionKeyId: 'bucket-default',
        metadata,
        condition,
      }),
  };
}

function tell(outcome: NewestOutcome, { push, outputBucket }: PushConfig): string {
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
