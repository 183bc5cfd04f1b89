import { randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { BlobFolder } from './blob-folder.ts';
import { s3Error } from './errors.ts';
import type { BucketRecord, ObjectRecord, ObjectVersion, UploadRecord } from './records.ts';

/** Buckets, objects and uploads as they are kept, and the rules of versioning. */
export class S3State {
  readonly cloud: Cloud;
  readonly buckets: Collection<BucketRecord>;
  readonly uploads: Collection<UploadRecord>;
  readonly blobs: BlobFolder;
  readonly #objects: Collection<ObjectRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.buckets = cloud.collection('s3/buckets');
    this.uploads = cloud.collection('s3/uploads');
    this.#objects = cloud.collection('s3/objects');
    this.blobs = new BlobFolder(cloud.folder('s3'));
  }

  /** Throws NoSuchBucket. */
  bucket(name: string | undefined): BucketRecord {
    const bucket = this.buckets.get(name ?? '');
    if (bucket === undefined) throw s3Error('NoSuchBucket', `The specified bucket does not exist: ${name ?? ''}`);
    return bucket;
  }

  /** All objects of a bucket, deleted ones with versions too, in the order of their keys' UTF-8 bytes. */
  objectsOf(bucket: string): ObjectRecord[] {
    return [...this.#objects.values()]
      .filter((object) => object.bucket === bucket)
      .map((object) => ({ object, bytes: Buffer.from(object.key) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ object }) => object);
  }

  object(bucket: string, key: string): ObjectRecord | undefined {
    return this.#objects.get(`${bucket}/${key}`);
  }

  /** The newest version unless it is a delete marker. */
  current(bucket: string, key: string): ObjectVersion | undefined {
    const newest = this.object(bucket, key)?.versions[0];
    return newest?.deleteMarker ? undefined : newest;
  }

  /** Makes `version` the newest, in place of the unversioned one where the bucket does not keep versions. */
  async add(bucket: BucketRecord, key: string, version: Omit<ObjectVersion, 'versionId'>): Promise<ObjectVersion> {
    const versionId = bucket.versioning === 'Enabled' ? newVersionId() : 'null';
    const added: ObjectVersion = { ...version, versionId };
    const earlier = this.object(bucket.name, key)?.versions ?? [];
    const replaced = earlier.filter((each) => each.versionId === versionId);
    const kept = earlier.filter((each) => each.versionId !== versionId);
    this.#objects.set(`${bucket.name}/${key}`, { bucket: bucket.name, key, versions: [added, ...kept] });
    await this.blobs.remove(replaced.flatMap((each) => each.blobs));
    return added;
  }

  async remove(bucket: string, key: string, versionId: string): Promise<ObjectVersion | undefined> {
    const object = this.object(bucket, key);
    const removed = object?.versions.find((version) => version.versionId === versionId);
    if (object === undefined || removed === undefined) return undefined;
    const versions = object.versions.filter((version) => version !== removed);
    if (versions.length === 0) this.#objects.delete(`${bucket}/${key}`);
    else this.#objects.set(`${bucket}/${key}`, { ...object, versions });
    await this.blobs.remove(removed.blobs);
    return removed;
  }

  /** To be called when a version was changed in place. */
  save(object: ObjectRecord): void {
    this.#objects.set(`${object.bucket}/${object.key}`, object);
  }

  now(): string {
    return new Date(this.cloud.now()).toISOString();
  }
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url').replace(/[-_]/g, '0');
}
