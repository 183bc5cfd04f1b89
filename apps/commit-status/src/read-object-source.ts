import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { readSourceMetadata, type SourceMetadata } from '@gitsource/artifact';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** One version of an object. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
}

/**
 * What git-to-s3 wrote beside an object; `undefined` for an object of somebody else, or a version that is gone.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function readObjectSource(
  { s3 }: Pick<Ports, 's3'>,
  { bucket, key, versionId }: ObjectVersion,
): Promise<SourceMetadata | undefined> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    return readSourceMetadata(Metadata);
  } catch (error) {
    if (readAwsFailure(error)?.statusCode === 404) return undefined;
    throw awsCallError('s3:GetObjectVersion', `s3://${bucket}/${key}`, error);
  }
}
