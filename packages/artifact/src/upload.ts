import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ArtifactError } from './errors.ts';
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

/** With S3's 10,000 parts this allows 78 GiB; four parts at once keep 32 MiB in memory. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** How long an upload that is to end waits for its parts under way, so that none outlives it. */
const ABORT_GRACE_MS = 5_000;

/**
 * Streams a body of unknown length into one object, checksummed part by part; after a failure no part is left.
 * Throws `artifact/bucket-missing`, `artifact/upload-denied`, `artifact/key-denied`, `artifact/changed-meanwhile`,
 * `artifact/upload-failed`.
 */
export async function uploadArtifact(options: UploadArtifactOptions): Promise<UploadedArtifact> {
  const client =
    'client' in options ? options.client : new S3Client({ region: options.region, credentials: options.credentials });
  const source = new MeasuredBody(options.body, options.signal);
  const body = Readable.from(source.chunks(), { objectMode: false, highWaterMark: PART_BYTES });
  const upload = new Upload({
    client,
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    leavePartsOnError: false,
    params: {
      Bucket: options.bucket,
      Key: options.key,
      Body: body,
      ContentType: options.contentType ?? 'application/zip',
      ChecksumAlgorithm: 'CRC32',
      ...encryptionParameters(options.encryptionKeyId),
      ...(options.metadata !== undefined && { Metadata: { ...options.metadata } }),
      ...conditionParameters(options.condition),
    },
  });
  let grace: NodeJS.Timeout | undefined;
  const abort = () => {
    grace = setTimeout(() => void upload.abort(), ABORT_GRACE_MS);
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    options.signal?.throwIfAborted();
    const result = await upload.done();
    return {
      ...source.measured(),
      ...(result.ETag !== undefined && { etag: result.ETag }),
      ...(result.VersionId !== undefined && { versionId: result.VersionId }),
    };
  } catch (error) {
    await abandon(client, options, upload.uploadId);
    if (source.failure !== undefined) throw source.failure.error;
    options.signal?.throwIfAborted();
    throw error instanceof ArtifactError ? error : uploadError(error, options.bucket, options.key);
  } finally {
    options.signal?.removeEventListener('abort', abort);
    clearTimeout(grace);
    // Where S3 fails, `Upload` may leave the body as it is: what makes it is to end as well.
    body.destroy();
    if (!('client' in options)) client.destroy();
  }
}

/** `Upload` leaves the parts where the last request fails, as by a condition, and where it is told to end at once. */
async function abandon(client: S3Client, { bucket, key }: UploadOptions, uploadId: string | undefined): Promise<void> {
  if (uploadId === undefined) return;
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  // Mostly it is gone already; what is not is removed by the bucket's lifecycle.
  await client.send(command).catch(() => undefined);
}

function encryptionParameters(keyId: string | undefined): { ServerSideEncryption?: 'aws:kms'; SSEKMSKeyId?: string } {
  if (keyId === 'bucket-default') return {};
  return { ServerSideEncryption: 'aws:kms', ...(keyId !== undefined && { SSEKMSKeyId: keyId }) };
}

function conditionParameters(condition: UploadCondition | undefined): { IfMatch?: string; IfNoneMatch?: string } {
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
