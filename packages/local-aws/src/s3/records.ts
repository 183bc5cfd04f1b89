import type {
  LifecycleRule,
  NotificationConfiguration,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
  Tag,
} from '@aws-sdk/client-s3';
import type { ChecksumName } from '../protocol/rest-xml-checksums.ts';

/** What is kept of a bucket. */
export interface BucketRecord {
  readonly name: string;
  /** ISO 8601, as all times here. */
  readonly created: string;
  versioning?: 'Enabled' | 'Suspended';
  settings: BucketSettings;
}

export interface BucketSettings {
  encryption?: ServerSideEncryptionConfiguration;
  /** The JSON text as it was put. */
  policy?: string;
  publicAccessBlock?: PublicAccessBlockConfiguration;
  lifecycle?: readonly LifecycleRule[];
  tags?: readonly Tag[];
  ownership?: OwnershipControls;
  notification?: NotificationConfiguration;
}

/** One file below `cloud.folder('s3')`. */
export interface Blob {
  readonly file: string;
  readonly size: number;
}

export interface StoredChecksum {
  readonly name: ChecksumName;
  /** Base64; of a multipart upload `<base64>-<parts>`. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** ARN; set for `aws:kms`. */
  readonly keyArn?: string;
  /** Base64 of the data key under a customer key, which a reader must be allowed to decrypt. */
  readonly dataKey?: string;
  readonly bucketKey?: boolean;
}

/** The headers that come back as they were put. */
export interface Attributes {
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly ContentType?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
}

export interface ObjectVersion {
  /** `null` (the word) where the bucket was not versioned. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly lastModified: string;
  readonly size: number;
  /** With its quotes, as in the header. */
  readonly etag: string;
  /** A multipart upload's parts stay the files that they were. */
  readonly blobs: readonly Blob[];
  readonly checksum?: StoredChecksum;
  readonly encryption: Encryption;
  readonly attributes: Attributes;
  tags?: readonly Tag[];
}

export interface ObjectRecord {
  readonly bucket: string;
  readonly key: string;
  /** Newest first, never empty. */
  versions: ObjectVersion[];
}

export interface UploadedPart {
  readonly number: number;
  readonly blob: Blob;
  readonly etag: string;
  readonly lastModified: string;
  readonly checksum?: StoredChecksum;
}

export interface UploadRecord {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: string;
  readonly encryption: Encryption;
  readonly attributes: Attributes;
  readonly checksumName?: ChecksumName;
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
  readonly tags?: readonly Tag[];
  parts: UploadedPart[];
}
