import type { CopyObjectOutput, CopyObjectRequest } from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { emitObjectEvent } from './emit-object-event.ts';
import { chooseEncryption, encryptionOutput, requireDecrypt } from './encryption.ts';
import { s3Error } from './errors.ts';
import { findVersion } from './get-object.ts';
import { allow, encryptionContext } from './permissions.ts';
import {
  attributesOf,
  checksumOutput,
  parseTags,
  requireKey,
  sameEtag,
  versionOutput,
  wantedChecksum,
} from './put-object.ts';
import type { S3State } from './s3-state.ts';

export function copyObject(state: S3State): { CopyObject: Operation<CopyObjectRequest, CopyObjectOutput> } {
  return {
    CopyObject: {
      permissions(input) {
        const source = readSource(input.CopySource);
        return [
          allow(state, source.versionId === undefined ? 'GetObject' : 'GetObjectVersion', source.bucket, source.key),
          allow(state, 'PutObject', input.Bucket, input.Key, encryptionContext(input)),
        ];
      },
      async run(input, call) {
        const from = readSource(input.CopySource);
        const source = findVersion(state, from.bucket, from.key, from.versionId);
        if (input.CopySourceIfMatch !== undefined && !sameEtag(input.CopySourceIfMatch, source)) {
          throw s3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
        }
        const bucket = state.bucket(input.Bucket);
        const key = requireKey(input.Key);
        await requireDecrypt(state, call, from.bucket, from.key, source.encryption);
        const encryption = await chooseEncryption(state, call, bucket, key, input);
        const name = wantedChecksum(input) ?? source.checksum?.name;
        const body = state.blobs.read(source.blobs, 0, source.size - 1);
        const { blob, md5, checksum } = await state.blobs.write(body, name);
        const tags = input.TaggingDirective === 'REPLACE' ? parseTags(input.Tagging ?? '') : source.tags;
        const version = await state.add(bucket, key, {
          deleteMarker: false,
          lastModified: state.now(),
          size: blob.size,
          etag: `"${md5}"`,
          blobs: [blob],
          ...(checksum !== undefined && { checksum }),
          encryption,
          attributes: input.MetadataDirective === 'REPLACE' ? attributesOf(input) : source.attributes,
          ...(tags !== undefined && { tags }),
        });
        emitObjectEvent(state, call, bucket, key, version, { type: 'Object Created', reason: 'CopyObject' });
        return {
          CopyObjectResult: {
            ETag: version.etag,
            LastModified: new Date(version.lastModified),
            ...checksumOutput(version.checksum),
          },
          ...versionOutput(version),
          ...(source.versionId !== 'null' && { CopySourceVersionId: source.versionId }),
          ...encryptionOutput(encryption),
        };
      },
    },
  };
}

/** `/bucket/key?versionId=…`, the key percent-encoded, the first slash optional. */
function readSource(header: string | undefined): { bucket: string; key: string; versionId?: string } {
  const [path = '', versionId] = (header ?? '').split('?versionId=');
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // A key put in as it is may hold a lone percent sign.
  }
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decoded);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  return { bucket: match[1], key: match[2], ...(versionId !== undefined && { versionId }) };
}
