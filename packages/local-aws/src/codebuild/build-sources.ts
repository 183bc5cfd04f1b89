import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectSource } from '@aws-sdk/client-codebuild';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { readClonePointer } from '../codepipeline/clone-pointer.ts';
import { extractZip } from '../files/extract-zip.ts';
import { BuildFailure } from './build-failure.ts';
import { cloneSource } from './clone-source.ts';
import type { BuildRecord } from './records.ts';

export interface BuildSources {
  /** Where commands start. */
  readonly folder: string;
  /** CODEBUILD_SRC_DIR and CODEBUILD_SRC_DIR_<name> */
  readonly variables: Readonly<Record<string, string>>;
}

interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

interface WantedSource {
  /** Undefined for the primary one. */
  readonly name: string | undefined;
  /** Undefined where there is nothing to read. */
  readonly object: SourceObject | undefined;
}

/** Reads and unpacks, or clones, all sources with the build's own permissions. */
export async function downloadSources(
  cloud: Cloud,
  principal: Principal,
  build: BuildRecord,
  scratch: string,
): Promise<BuildSources> {
  const variables: Record<string, string> = {};
  let primary = '';
  for (const [index, { name, object }] of wantedSources(build).entries()) {
    const folder = join(scratch, `src${index}`, 'src');
    await mkdir(folder, { recursive: true });
    if (object !== undefined) {
      const bytes = await read(cloud, principal, object);
      const pointer = readClonePointer(bytes);
      if (pointer === undefined) await unpack(bytes, object, folder);
      else await cloneSource(cloud, principal, pointer, folder);
    }
    variables[name === undefined ? 'CODEBUILD_SRC_DIR' : `CODEBUILD_SRC_DIR_${name}`] = folder;
    if (name === undefined) primary = folder;
  }
  return { folder: primary, variables };
}

function wantedSources({ settings, handover }: BuildRecord): WantedSource[] {
  if (handover !== undefined) {
    return handover.inputArtifacts.map(({ name, bucket, key, versionId }) => {
      return { name: name === handover.primarySource ? undefined : name, object: { bucket, key, versionId } };
    });
  }
  const versions = settings.secondarySourceVersions ?? [];
  return [
    { name: undefined, object: sourceObject(settings.source, settings.sourceVersion) },
    ...(settings.secondarySources ?? []).map((source) => {
      const version = versions.find(({ sourceIdentifier }) => sourceIdentifier === source.sourceIdentifier);
      return { name: source.sourceIdentifier ?? '', object: sourceObject(source, version?.sourceVersion) };
    }),
  ];
}

function sourceObject({ type, location = '' }: ProjectSource, versionId: string | undefined): SourceObject | undefined {
  if (type !== 'S3') return undefined;
  const [bucket = '', ...key] = location.replace(/^arn:[a-z-]+:s3:::/, '').split('/');
  return { bucket, key: key.join('/'), versionId };
}

async function read(cloud: Cloud, principal: Principal, { bucket, key, versionId }: SourceObject): Promise<Buffer> {
  try {
    const { Body } = await cloud.call<{ Body: AsyncIterable<Uint8Array> }>(principal, 's3', 'GetObject', {
      Bucket: bucket,
      Key: key,
      ...(versionId !== undefined && versionId !== '' && { VersionId: versionId }),
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of Body) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new BuildFailure('CLIENT_ERROR', `${error.code}: ${error.message} for s3://${bucket}/${key}`);
  }
}

async function unpack(zip: Buffer, { bucket, key }: SourceObject, folder: string): Promise<void> {
  try {
    await extractZip(zip, folder);
  } catch (error) {
    throw new BuildFailure('CLIENT_ERROR', `s3://${bucket}/${key} could not be unzipped: ${String(error)}`);
  }
}
