import { createHash } from 'node:crypto';
import type { CompletedPart, CompleteMultipartUploadOutput, CompleteMultipartUploadRequest } from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { createChecksum } from '../protocol/rest-xml-checksums.ts';
import { emitObjectEvent } from './emit-object-event.ts';
import { encryptionOutput, requireDecrypt } from './encryption.ts';
import { s3Error } from './errors.ts';
import { findUpload } from './multipart.ts';
import { allow } from './permissions.ts';
import { checksumOutput, requireCondition, versionOutput } from './put-object.ts';
import type { StoredChecksum, UploadedPart, UploadRecord } from './records.ts';
import type { S3State } from './s3-state.ts';

/** Every part but the last must have as much: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 * 1024;

export function completeMultipart(state: S3State): {
  CompleteMultipartUpload: Operation<CompleteMultipartUploadRequest, CompleteMultipartUploadOutput>;
} {
  return {
    CompleteMultipartUpload: {
      permissions: (input) => [allow(state, 'PutObject', input.Bucket, input.Key)],
      async run(input, call) {
        const bucket = state.bucket(input.Bucket);
        const upload = findUpload(state, input);
        const parts = chosenParts(upload, input.MultipartUpload?.Parts ?? []);
        requireCondition(state.current(bucket.name, upload.key), input);
        // S3 reads the parts to join them, which takes the right to decrypt beside the one to encrypt.
        await requireDecrypt(state, call, bucket.name, upload.key, upload.encryption);
        const checksum = await joinedChecksum(state, upload, parts);
        const version = await state.add(bucket, upload.key, {
          deleteMarker: false,
          lastModified: state.now(),
          size: parts.reduce((sum, part) => sum + part.blob.size, 0),
          etag: joinedEtag(parts),
          blobs: parts.map((part) => part.blob),
          ...(checksum !== undefined && { checksum }),
          encryption: upload.encryption,
          attributes: upload.attributes,
          ...(upload.tags !== undefined && { tags: upload.tags }),
        });
        state.uploads.delete(upload.uploadId);
        await state.blobs.remove(upload.parts.filter((part) => !parts.includes(part)).map((part) => part.blob));
        emitObjectEvent(state, call, bucket, upload.key, version, {
          type: 'Object Created',
          reason: 'CompleteMultipartUpload',
        });
        return {
          Location: `${state.cloud.endpointUrl}/${bucket.name}/${encodeURIComponent(upload.key)}`,
          Bucket: bucket.name,
          Key: upload.key,
          ETag: version.etag,
          ...checksumOutput(checksum),
          ...versionOutput(version),
          ...encryptionOutput(upload.encryption),
        };
      },
    },
  };
}

function chosenParts(upload: UploadRecord, named: readonly CompletedPart[]): UploadedPart[] {
  if (named.length === 0) throw s3Error('MalformedXML', 'A multipart upload is completed with one part at least.');
  let last = 0;
  const parts = named.map((wanted) => {
    const number = wanted.PartNumber ?? 0;
    if (number <= last) throw s3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    last = number;
    const part = upload.parts.find((each) => each.number === number);
    if (part === undefined || wanted.ETag?.replaceAll('"', '') !== part.etag.replaceAll('"', '')) {
      throw s3Error('InvalidPart', `Part ${number} was not uploaded, or its entity tag does not match.`);
    }
    const sums = checksumOutput(part.checksum);
    for (const [name, value] of Object.entries(wanted)) {
      if (name.startsWith('Checksum') && sums[name] !== undefined && sums[name] !== value) {
        throw s3Error('InvalidPart', `The ${name} of part ${number} does not match.`);
      }
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.blob.size < MIN_PART_BYTES);
  if (small === undefined) return parts;
  throw s3Error(
    'EntityTooSmall',
    `Part ${small.number} has ${small.blob.size} bytes; all but the last need ${MIN_PART_BYTES}.`,
  );
}

/** MD5 of the parts' MD5s, and their number. */
function joinedEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag.replaceAll('"', ''), 'hex'));
  return `"${hash.digest('hex')}-${parts.length}"`;
}

async function joinedChecksum(
  state: S3State,
  upload: UploadRecord,
  parts: readonly UploadedPart[],
): Promise<StoredChecksum | undefined> {
  const name = upload.checksumName;
  if (name === undefined) return undefined;
  const checksum = createChecksum(name);
  // CRC-64 has no composite form.
  if (upload.checksumType === 'FULL_OBJECT' || name === 'crc64nvme') {
    const size = parts.reduce((sum, part) => sum + part.blob.size, 0);
    const whole = state.blobs.read(
      parts.map((part) => part.blob),
      0,
      size - 1,
    );
    for await (const chunk of whole as AsyncIterable<Buffer>) checksum.update(chunk);
    return { name, value: checksum.digest(), type: 'FULL_OBJECT' };
  }
  for (const part of parts) checksum.update(Buffer.from(part.checksum?.value ?? '', 'base64'));
  return { name, value: `${checksum.digest()}-${parts.length}`, type: 'COMPOSITE' };
}
