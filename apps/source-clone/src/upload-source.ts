import {
  type UploadArtifactOptions,
  type UploadedArtifact,
  type Uploader,
  uploadArtifact,
  writeZip,
} from '@gitsource/artifact';
import type { FetchedCommit } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import type { Ports } from './ports.ts';
import { showBytes } from './step-log.ts';

/** Where a zip goes, by whose credentials, and what it says of itself. */
export type Destination = Uploader &
  Pick<UploadArtifactOptions, 'bucket' | 'key' | 'encryptionKeyId' | 'metadata' | 'condition'>;

/** Zips a fetched commit straight into S3. */
export async function uploadSource(
  { log, signal }: Pick<Ports, 'log' | 'signal'>,
  fetched: FetchedCommit,
  { outputArtifactFormat }: Pick<ActionConfiguration, 'outputArtifactFormat'>,
  destination: Destination,
): Promise<UploadedArtifact> {
  const body = writeZip(fetched.entries(), {
    modified: new Date(fetched.commit.committerDate),
    allowGitFolder: outputArtifactFormat === 'FULL_CLONE',
  });
  return log.step(
    () => uploadArtifact({ ...destination, body, signal }),
    ({ bytes }) => `Uploaded ${showBytes(bytes)} to s3://${destination.bucket}/${destination.key}`,
  );
}
