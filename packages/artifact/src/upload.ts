import { createHash } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { ArtifactError } from './errors.ts';
import { type Conditions, PartSender, type SentObject } from './send-parts.ts';
import { uploadError } from './upload-error.ts';

/** Who stores: a job, by credentials of its own, or the program, by its client. */
export type Uploader =
  | {
      readonly region: string;
      /** The job's own credentials, or a provider that fetches fresh ones when they near their end. */
      readonly credentials: NonNullable<S3ClientConfig['credentials']>;
    }
  | { readonly client: S3Client };

export type UploadArtifactOptions = Uploader & UploadOptions;

interface UploadOptions {
  readonly bucket: string;
  readonly key: string;
  /**
   * The pipeline's KMS key: ID, ARN or alias. Without one the object is encrypted under the account's `aws/s3` key;
   * `bucket-default` leaves it to the bucket.
   */
  readonly encryptionKeyId?: string;
  /** Read once, while it is uploaded. What it throws is thrown on, unchanged. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** What must still be true of the object when the upload is finished. */
  readonly condition?: UploadCondition;
  /** Ends the upload at the next chunk, with its reason; a body that gives none is to end by it as well. */
  readonly signal?: AbortSignal;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export type UploadCondition = { readonly ifMatch: string } | { readonly ifNoneMatch: '*' };

export interface UploadedArtifact {
  readonly bytes: number;
  /** Of the whole object, 64 hex digits. */
  readonly sha256: string;
  readonly etag?: string;
  readonly versionId?: string;
}

/** How long an upload that is to end waits for its parts under way, so that none outlives it. */
const ABORT_GRACE_MS = 5_000;

/**
 * Streams a body of unknown length into one object, checksummed part by part; after a failure no part is left.
 * Throws `artifact/bucket-missing`, `artifact/upload-denied`, `artifact/key-denied`, `artifact/changed-meanwhile`,
 * `artifact/upload-failed`.
 */
export async function uploadArtifact(options: UploadArtifactOptions): Promise<UploadedArtifact> {
  const { bucket: Bucket, key: Key, signal, metadata } = options;
  const client =
    'client' in options ? options.client : new S3Client({ region: options.region, credentials: options.credentials });
  const source = new MeasuredBody(options.body, signal);
  const sender = new PartSender(client, {
    Bucket,
    Key,
    ContentType: options.contentType ?? 'application/zip',
    ...encryptionParameters(options.encryptionKeyId),
    ...(metadata !== undefined && { Metadata: { ...metadata } }),
  });
  const ending = endAfterGrace(signal);
  try {
    signal?.throwIfAborted();
    const sending = sendAll(source, sender, conditionParameters(options.condition));
    const { ETag, VersionId } = await Promise.race([sending, ending.over]);
    return {
      ...source.measured(),
      ...(ETag !== undefined && { etag: ETag }),
      ...(VersionId !== undefined && { versionId: VersionId }),
    };
  } catch (error) {
    await sender.abandon(ABORT_GRACE_MS);
    if (source.failure !== undefined) throw source.failure.error;
    signal?.throwIfAborted();
    throw error instanceof ArtifactError ? error : uploadError(error, Bucket, Key);
  } finally {
    ending.close();
    if (!('client' in options)) client.destroy();
  }
}

async function sendAll(source: MeasuredBody, sender: PartSender, conditions: Conditions): Promise<SentObject> {
  // Where S3 fails, leaving the loop ends what makes the body as well.
  for await (const chunk of source.chunks()) await sender.write(chunk);
  return sender.finish(conditions);
}

/** Rejects some time after the signal, for whatever does not end by it. */
function endAfterGrace(signal: AbortSignal | undefined): { readonly over: Promise<never>; readonly close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let abort = () => {};
  const over = new Promise<never>((_, reject) => {
    abort = () => {
      timer = setTimeout(() => reject(signal?.reason), ABORT_GRACE_MS);
    };
  });
  signal?.addEventListener('abort', abort, { once: true });
  const close = () => {
    signal?.removeEventListener('abort', abort);
    clearTimeout(timer);
  };
  return { over, close };
}

function encryptionParameters(keyId: string | undefined): { ServerSideEncryption?: 'aws:kms'; SSEKMSKeyId?: string } {
  if (keyId === 'bucket-default') return {};
  return { ServerSideEncryption: 'aws:kms', ...(keyId !== undefined && { SSEKMSKeyId: keyId }) };
}

function conditionParameters(condition: UploadCondition | undefined): Conditions {
  if (condition === undefined) return {};
  return 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: condition.ifNoneMatch };
}

/** Counts and hashes what goes by, and remembers a failure of the source, which must not be taken for one of S3. */
class MeasuredBody {
  failure: { readonly error: unknown } | undefined;
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#body = body;
    this.#signal = signal;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    let isGiven = false;
    try {
      for await (const chunk of this.#body) {
        this.#signal?.throwIfAborted();
        this.#hash.update(chunk);
        this.#bytes += chunk.length;
        isGiven = true;
        yield chunk;
        isGiven = false;
      }
    } catch (error) {
      // While the reader has a chunk, an error is the reader's: it stops reading where S3 fails.
      if (!isGiven) this.failure = { error };
      throw error;
    }
  }

  measured(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
