import { createHash } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import type { HandoverArtifact } from '../codepipeline/build-handover.ts';
import { BuildFailure } from './build-failure.ts';
import type { BuildLog } from './build-log.ts';
import type { ArtifactFiles, Buildspec } from './buildspec.ts';
import { collectFiles } from './collect-files.ts';
import type { BuildRecord } from './records.ts';
import { zipFiles } from './zip-files.ts';

export interface UploadParts {
  readonly cloud: Cloud;
  readonly principal: Principal;
  readonly build: BuildRecord;
  readonly buildspec: Buildspec;
  readonly folder: string;
  readonly log: BuildLog;
}

/** One zip per output artifact of the pipeline's action, uploaded with the build's own permissions. */
export async function uploadArtifacts(parts: UploadParts): Promise<void> {
  const outputs = parts.build.handover?.outputArtifacts ?? [];
  for (const output of outputs) {
    const declared = declaredFiles(parts.buildspec, output, outputs.length);
    const files = await collectFiles(parts.folder, declared);
    if (files.length === 0) {
      throw new BuildFailure('CLIENT_ERROR', `no matching artifact paths found: ${declared.files.join(', ')}`);
    }
    parts.log.say(`Found ${files.length} file(s) for artifact ${output.name}`);
    await upload(parts, output, await zipFiles(files));
  }
}

function declaredFiles({ artifacts }: Buildspec, { name }: HandoverArtifact, count: number): ArtifactFiles {
  const declared = count === 1 ? artifacts : artifacts?.['secondary-artifacts']?.[name];
  if (declared !== undefined && declared.files.length > 0) return declared;
  const where = count === 1 ? 'artifacts.files' : `artifacts.secondary-artifacts.${name}`;
  throw new BuildFailure(
    'CLIENT_ERROR',
    `The action has the output artifact ${name}, but the buildspec has no ${where}`,
  );
}

async function upload({ cloud, principal, build }: UploadParts, output: HandoverArtifact, zip: Buffer): Promise<void> {
  const key = build.handover?.encryptionKey ?? build.settings.encryptionKey;
  try {
    await cloud.call(principal, 's3', 'PutObject', {
      Bucket: output.bucket,
      Key: output.key,
      Body: zip,
      ContentType: 'application/zip',
      ServerSideEncryption: 'aws:kms',
      ...(key !== undefined && { SSEKMSKeyId: key }),
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new BuildFailure(
      'CLIENT_ERROR',
      `Artifact ${output.name} could not be put to s3://${output.bucket}/${output.key}: ${error.code}: ${error.message}`,
    );
  }
  build.artifact = {
    location: `arn:${cloud.partition}:s3:::${output.bucket}/${output.key}`,
    md5sum: createHash('md5').update(zip).digest('hex'),
    sha256sum: createHash('sha256').update(zip).digest('hex'),
  };
}
