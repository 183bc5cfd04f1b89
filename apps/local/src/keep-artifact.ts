import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { LocalError } from './errors.ts';
import type { WatchedExecution } from './watch-execution.ts';

export interface KeptArtifact {
  readonly s3Uri: string;
  /** A copy that outlives the embedded AWS. */
  readonly file: string;
}

/** Copies the source artifact of an execution out of the embedded S3; throws `local/artifact-missing`. */
export async function keepArtifact(client: S3Client, { actions }: WatchedExecution): Promise<KeptArtifact> {
  const source = actions.find((action) => (action.output?.outputArtifacts ?? []).length > 0);
  const location = source?.output?.outputArtifacts?.[0]?.s3location;
  if (location?.bucket === undefined || location.key === undefined) {
    throw new LocalError('local/artifact-missing', 'the execution succeeded but its source action names no artifact', {
      fault: 'failed',
    });
  }
  const { Body } = await client.send(new GetObjectCommand({ Bucket: location.bucket, Key: location.key }));
  const folder = join(tmpdir(), 'gitsource-artifacts');
  await mkdir(folder, { recursive: true });
  const sha = source?.output?.outputVariables?.CommitId ?? 'artifact';
  const file = join(folder, `${sha.slice(0, 12)}.zip`);
  if (!(Body instanceof Readable)) throw new TypeError('GetObject gave no stream');
  await pipeline(Body, createWriteStream(file));
  return { s3Uri: `s3://${location.bucket}/${location.key}`, file };
}
