import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** The zips that the templates take. */
const APPS = [
  'archive-download',
  'commit-status',
  'custom-action',
  'pipeline-trigger',
  'source-clone',
  'source-fetch',
  'ssh-key-pair',
  'webhook-receiver',
] as const;

export const CODE_PREFIX = 'gitsource/';

/** Makes the code bucket and uploads the built zips as `<CodePrefix><app>.zip`; a second run replaces them. */
export async function uploadZips(client: S3Client, bucket: string, appsFolder: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error;
  });
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const app of APPS) {
    const Body = await readFile(join(appsFolder, app, 'dist', `${app}.zip`));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${CODE_PREFIX}${app}.zip`, Body }));
  }
}
