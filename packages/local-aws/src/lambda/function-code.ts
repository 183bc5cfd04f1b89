import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FunctionCode } from '@aws-sdk/client-lambda';
import type { Cloud } from '../cloud/cloud.ts';
import { type Call, ServiceError } from '../cloud/service.ts';
import { extractZip } from '../files/extract-zip.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_UPLOAD_BYTES = 50 * 1024 * 1024;
const MAX_UNZIPPED_BYTES = 250 * 1024 * 1024;

export interface UnpackedCode {
  readonly codeFolder: string;
  readonly codeSha256: string;
  readonly codeSize: number;
}

/** Reads the zip as the caller, from S3 or the request, and unpacks it once per content. */
export async function unpackCode(cloud: Cloud, call: Call, name: string, code: FunctionCode): Promise<UnpackedCode> {
  const zip = await readZip(cloud, call, code);
  const digest = createHash('sha256').update(zip).digest();
  const codeFolder = `${name}/${digest.toString('hex').slice(0, 16)}`;
  const folder = join(cloud.folder('lambda'), codeFolder);
  if (!existsSync(folder)) await unpack(zip, folder);
  return { codeFolder, codeSha256: digest.toString('base64'), codeSize: zip.length };
}

async function unpack(zip: Buffer, folder: string): Promise<void> {
  const partial = `${folder}.${randomUUID()}`;
  await mkdir(partial, { recursive: true });
  try {
    await extractZip(zip, partial, MAX_UNZIPPED_BYTES);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // A concurrent request with the same zip was faster.
    if (!existsSync(folder)) throw invalid(`Could not unzip uploaded file: ${String(error)}`);
  }
}

async function readZip(cloud: Cloud, { principal }: Call, code: FunctionCode): Promise<Buffer> {
  const isInS3 = code.S3Bucket !== undefined && code.S3Key !== undefined;
  if (isInS3 === (code.ZipFile !== undefined)) throw invalid('Code needs S3Bucket and S3Key, or ZipFile');
  if (code.ZipFile !== undefined) return checkUpload(Buffer.from(code.ZipFile));
  try {
    const { Body } = await cloud.call<{ Body: Readable }>(principal, 's3', 'GetObject', {
      Bucket: code.S3Bucket,
      Key: code.S3Key,
      ...(code.S3ObjectVersion !== undefined && { VersionId: code.S3ObjectVersion }),
    });
    return Buffer.concat(await Body.toArray());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const where = `s3://${code.S3Bucket}/${code.S3Key}`;
    throw invalid(
      `Error occurred while GetObject of ${where}. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}

function checkUpload(zip: Buffer): Buffer {
  if (zip.length <= MAX_UPLOAD_BYTES) return zip;
  const reason = `A zip in the request may have ${MAX_UPLOAD_BYTES} bytes, not ${zip.length}: put it into S3`;
  throw new ServiceError('RequestEntityTooLargeException', reason, 413);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
