import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadRequest,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** The least that S3 takes. With its 10,000 parts this allows 48 GiB; four at once and the one being filled are 25 MiB in memory. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 4;

/** What all requests of one object say. */
export type ObjectParameters = Pick<
  CreateMultipartUploadRequest,
  'ContentType' | 'Metadata' | 'ServerSideEncryption' | 'SSEKMSKeyId'
> & { readonly Bucket: string; readonly Key: string };

/** What the request that finishes the object says beside them. */
export interface Conditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

export type SentObject = Pick<CompleteMultipartUploadOutput, 'ETag' | 'VersionId'>;

interface SentPart {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
  readonly ChecksumCRC32: string | undefined;
}

/**
 * Sends an object of unknown length, with a CRC-32 of every part. Bytes are copied once, into buffers that are used again: new ones for
 * each part would be garbage of the whole object's size. One request where all of it fits into one part.
 */
export class PartSender {
  readonly #client: S3Client;
  readonly #object: ObjectParameters;
  readonly #stop = new AbortController();
  readonly #options = { abortSignal: this.#stop.signal };
  readonly #free: Buffer<ArrayBuffer>[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #sent: SentPart[] = [];
  #filling = Buffer.allocUnsafeSlow(PART_BYTES);
  #filled = 0;
  #begun = 0;
  #uploadId: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: S3Client, object: ObjectParameters) {
    this.#client = client;
    this.#object = object;
  }

  /** Takes a copy of the bytes. Rejects with what a part before them failed by. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      // Not sooner: whether a part is the last one is seen only by what follows it.
      if (this.#filled === PART_BYTES) await this.#sendFilled();
      const taken = Math.min(bytes.length - at, PART_BYTES - this.#filled);
      this.#filling.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
    }
    this.#throwFailure();
  }

  /** Makes the object of all that was written. */
  async finish(conditions: Conditions): Promise<SentObject> {
    const { Bucket, Key } = this.#object;
    if (this.#begun === 0) {
      const Body = this.#filling.subarray(0, this.#filled);
      const put = new PutObjectCommand({ ...this.#object, ...conditions, Body, ChecksumAlgorithm: 'CRC32' });
      return this.#client.send(put, this.#options);
    }
    await this.#startPart();
    await Promise.all(this.#underWay);
    this.#throwFailure();
    const Parts = this.#sent.toSorted((a, b) => a.PartNumber - b.PartNumber);
    const upload = { Bucket, Key, UploadId: this.#uploadId, MultipartUpload: { Parts } };
    return this.#client.send(new CompleteMultipartUploadCommand({ ...upload, ...conditions }), this.#options);
  }

  /** Leaves no part behind: parts under way may end for so long, because one that S3 takes in after this would stay. */
  async abandon(graceMs: number): Promise<void> {
    this.#failure ??= { error: new Error('The upload was given up.') };
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
    this.#stop.abort();
    if (this.#uploadId === undefined) return;
    const { Bucket, Key } = this.#object;
    const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId: this.#uploadId });
    // Mostly it works; what is left is removed by the bucket's lifecycle.
    await this.#client.send(abort).catch(() => undefined);
  }

  async #sendFilled(): Promise<void> {
    await this.#startPart();
    this.#filling = await this.#nextBuffer();
    this.#filled = 0;
  }

  async #startPart(): Promise<void> {
    this.#uploadId ??= await this.#create();
    this.#throwFailure();
    this.#begun += 1;
    const buffer = this.#filling;
    const sending = this.#sendPart(this.#begun, buffer.subarray(0, this.#filled))
      .then(() => void this.#free.push(buffer))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #create(): Promise<string | undefined> {
    const create = new CreateMultipartUploadCommand({ ...this.#object, ChecksumAlgorithm: 'CRC32' });
    const { UploadId } = await this.#client.send(create, this.#options);
    return UploadId;
  }

  async #sendPart(PartNumber: number, Body: Buffer): Promise<void> {
    const { Bucket, Key } = this.#object;
    const part = { Bucket, Key, UploadId: this.#uploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32' } as const;
    const { ETag, ChecksumCRC32 } = await this.#client.send(new UploadPartCommand(part), this.#options);
    this.#sent.push({ PartNumber, ETag, ChecksumCRC32 });
  }

  async #nextBuffer(): Promise<Buffer<ArrayBuffer>> {
    if (this.#underWay.size === PARTS_AT_ONCE) await Promise.race(this.#underWay);
    this.#throwFailure();
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
