import { type UploadArtifactOptions, type UploadedArtifact, type Uploader, uploadArtifact } from '@gitsource/artifact';
import type { Ports } from './ports.ts';
import { showBytes } from './step-log.ts';

/** Where a zip goes, by whose credentials, and what it says of itself. */
export type Destination = Uploader &
  Pick<UploadArtifactOptions, 'bucket' | 'key' | 'encryptionKeyId' | 'metadata' | 'condition'>;

/** Streams a zip into S3 while it is made. */
export async function uploadSource(
  { log, signal, progress }: Pick<Ports, 'log' | 'signal' | 'progress'>,
  zip: AsyncIterable<Uint8Array>,
  destination: Destination,
): Promise<UploadedArtifact> {
  const uploaded = await log.step(
    () => uploadArtifact({ ...destination, body: zip, signal }),
    ({ bytes }) => `Uploaded ${showBytes(bytes)} to s3://${destination.bucket}/${destination.key}`,
  );
  progress.artifactBytes = uploaded.bytes;
  return uploaded;
}
