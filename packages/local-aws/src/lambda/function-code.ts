import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FunctionCode } from '@aws-sdk/client-lambda';
import type { Cloud } from '../cloud/cloud.ts';
import { type Call, ServiceError } from '../cloud/service.ts';
import { extractZip } from '../files/extract-zip.ts';

/** Unzipped it is 250 MB on AWS; a direct upload 50 MB. */
const MAX_ZIP_BYTES = 50 * 1024 * 1024;

export interface UnpackedCode {
  readonly codeFolder: string;
  readonly codeSha256: string;
  readonly codeSize: number;
}

/** Reads the zip as the caller, from S3 or the request, and unpacks it once per content. */
export async function unpackCode(cloud: Cloud, call: Call, name: string, code: FunctionCode): Promise<UnpackedCode> {
  const zip = await readZip(cloud, call, code);
  if (zip.length > MAX_ZIP_BYTES) {
    throw new ServiceError(
      'RequestEntityTooLargeException',
      `the zip has ${zip.length} bytes; ${MAX_ZIP_BYTES} are the most`,
      413,
    );
  }
  const digest = createHash('sha256').update(zip).digest();
  const codeFolder = `${name}/${digest.toString('hex').slice(0, 16)}`;
  const folder = join(cloud.folder('lambda'), codeFolder);
  if (!existsSync(folder)) await unpack(zip, folder);
  return { codeFolder, codeSha256: digest.toString('base64'), codeSize: zip.length };
}

async function unpack(zip: Buffer, folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await extractZip(zip, partial);
  } catch (error) {
    throw new ServiceError('InvalidParameterValueException', `Could not unzip uploaded file: ${String(error)}`);
  }
  await rename(partial, folder);
}

async function readZip(cloud: Cloud, { principal }: Call, code: FunctionCode): Promise<Buffer> {
  if (code.ZipFile !== undefined) return Buffer.from(code.ZipFile);
  if (code.S3Bucket === undefined || code.S3Key === undefined) {
    throw new ServiceError('InvalidParameterValueException', 'Code needs S3Bucket and S3Key, or ZipFile');
  }
  try {
    const { Body } = await cloud.call<{ Body: Readable }>(principal, 's3', 'GetObject', {
      Bucket: code.S3Bucket,
      Key: code.S3Key,
      ...(code.S3ObjectVersion !== undefined && { VersionId: code.S3ObjectVersion }),
    });
    return Buffer.concat(await Body.toArray());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError(
      'InvalidParameterValueException',
      `Error occurred while GetObject of s3://${code.S3Bucket}/${code.S3Key}. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}
