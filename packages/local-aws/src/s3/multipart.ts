import { randomBytes } from 'node:crypto';
import type * as S3 from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { chooseEncryption, encryptionOutput } from './encryption.ts';
import { s3Error } from './errors.ts';
import { allow, encryptionContext } from './permissions.ts';
import { attributesOf, checksumOutput, parseTags, requireKey, wantedChecksum } from './put-object.ts';
import type { UploadRecord } from './records.ts';
import type { S3State } from './s3-state.ts';

/** S3's limit of parts. */
const MAX_PARTS = 10_000;

export function multipart(state: S3State) {
  return { ...uploading(state), ...ending(state) };
}

interface ByUpload {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly UploadId?: string | undefined;
}

/** Throws NoSuchUpload, also for an upload to another key. */
export function findUpload(state: S3State, input: ByUpload): UploadRecord {
  const upload = state.uploads.get(input.UploadId ?? '');
  if (upload === undefined || upload.bucket !== input.Bucket || upload.key !== input.Key) {
    throw s3Error('NoSuchUpload', 'The specified upload does not exist. It may have been aborted or completed.');
  }
  return upload;
}

function uploading(state: S3State) {
  const CreateMultipartUpload: Operation<S3.CreateMultipartUploadRequest, S3.CreateMultipartUploadOutput> = {
    permissions: (input) => [allow(state, 'PutObject', input.Bucket, input.Key, encryptionContext(input))],
    async run(input, call) {
      const bucket = state.bucket(input.Bucket);
      const key = requireKey(input.Key);
      const checksumName = wantedChecksum(input);
      const encryption = await chooseEncryption(state, call, bucket, key, input);
      const uploadId = randomBytes(48).toString('base64url');
      state.uploads.set(uploadId, {
        uploadId,
        bucket: bucket.name,
        key,
        initiated: state.now(),
        encryption,
        attributes: attributesOf(input),
        ...(checksumName !== undefined && { checksumName }),
        ...(input.ChecksumType !== undefined && { checksumType: input.ChecksumType }),
        ...(input.Tagging !== undefined && { tags: parseTags(input.Tagging) }),
        parts: [],
      });
      return {
        Bucket: bucket.name,
        Key: key,
        UploadId: uploadId,
        ...encryptionOutput(encryption),
        ...(input.ChecksumAlgorithm !== undefined && { ChecksumAlgorithm: input.ChecksumAlgorithm }),
        ...(input.ChecksumType !== undefined && { ChecksumType: input.ChecksumType }),
      };
    },
  };
  const UploadPart: Operation<S3.UploadPartRequest, S3.UploadPartOutput> = {
    permissions: (input) => [allow(state, 'PutObject', input.Bucket, input.Key)],
    async run(input) {
      const number = input.PartNumber ?? 0;
      if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
        throw s3Error('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
      }
      const checksumName = findUpload(state, input).checksumName ?? wantedChecksum(input);
      const { blob, md5, checksum } = await state.blobs.write(input.Body, checksumName);
      // Read again: the upload may have been aborted, or have got other parts, while the body came.
      const upload = state.uploads.get(input.UploadId ?? '');
      if (upload === undefined) {
        await state.blobs.remove([blob]);
        return findUpload(state, input) && {};
      }
      const replaced = upload.parts.filter((part) => part.number === number);
      const part = { number, blob, etag: `"${md5}"`, lastModified: state.now(), ...(checksum && { checksum }) };
      upload.parts = [...upload.parts.filter((each) => each.number !== number), part];
      state.uploads.set(upload.uploadId, upload);
      await state.blobs.remove(replaced.map((each) => each.blob));
      const { ChecksumType: _, ...sums } = checksumOutput(checksum);
      return { ETag: part.etag, ...sums, ...encryptionOutput(upload.encryption) };
    },
  };
  return { CreateMultipartUpload, UploadPart };
}

function ending(state: S3State) {
  const AbortMultipartUpload: Operation<S3.AbortMultipartUploadRequest, S3.AbortMultipartUploadOutput> = {
    permissions: (input) => [allow(state, 'AbortMultipartUpload', input.Bucket, input.Key)],
    async run(input) {
      const upload = findUpload(state, input);
      state.uploads.delete(upload.uploadId);
      await state.blobs.remove(upload.parts.map((part) => part.blob));
      return {};
    },
  };
  const ListParts: Operation<S3.ListPartsRequest, S3.ListPartsOutput> = {
    permissions: (input) => [allow(state, 'ListMultipartUploadParts', input.Bucket, input.Key)],
    async run(input) {
      const upload = findUpload(state, input);
      const marker = Number(input.PartNumberMarker ?? 0);
      const sorted = upload.parts.filter((part) => part.number > marker).toSorted((a, b) => a.number - b.number);
      const page = sorted.slice(0, input.MaxParts ?? 1000);
      const last = page.at(-1)?.number;
      return {
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        IsTruncated: page.length < sorted.length,
        ...(page.length < sorted.length && { NextPartNumberMarker: String(last) }),
        Parts: page.map((part) => {
          const { ChecksumType: _, ...sums } = checksumOutput(part.checksum);
          return {
            PartNumber: part.number,
            ETag: part.etag,
            Size: part.blob.size,
            LastModified: new Date(part.lastModified),
            ...sums,
          };
        }),
      };
    },
  };
  const ListMultipartUploads: Operation<S3.ListMultipartUploadsRequest, S3.ListMultipartUploadsOutput> = {
    permissions: (input) => [allow(state, 'ListBucketMultipartUploads', input.Bucket)],
    async run(input) {
      const bucket = state.bucket(input.Bucket);
      const found = [...state.uploads.values()]
        .filter((upload) => upload.bucket === bucket.name && upload.key.startsWith(input.Prefix ?? ''))
        .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
      return {
        Bucket: bucket.name,
        IsTruncated: false,
        Uploads: found.map((upload) => ({
          Key: upload.key,
          UploadId: upload.uploadId,
          Initiated: new Date(upload.initiated),
        })),
      };
    },
  };
  return { AbortMultipartUpload, ListParts, ListMultipartUploads };
}
