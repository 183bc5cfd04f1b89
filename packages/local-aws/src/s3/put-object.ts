import type { PutObjectOutput, PutObjectRequest, Tag } from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { CHECKSUMS, type ChecksumName } from '../protocol/rest-xml-checksums.ts';
import { emitObjectEvent } from './emit-object-event.ts';
import { chooseEncryption, encryptionOutput } from './encryption.ts';
import { s3Error } from './errors.ts';
import { allow, encryptionContext } from './permissions.ts';
import type { Attributes, ObjectVersion, StoredChecksum } from './records.ts';
import type { S3State } from './s3-state.ts';

const MAX_KEY_BYTES = 1024;

export function putObject(state: S3State): { PutObject: Operation<PutObjectRequest, PutObjectOutput> } {
  return {
    PutObject: {
      permissions: (input) => [allow(state, 'PutObject', input.Bucket, input.Key, encryptionContext(input))],
      async run(input, call) {
        const bucket = state.bucket(input.Bucket);
        const key = requireKey(input.Key);
        requireCondition(state.current(bucket.name, key), input);
        const encryption = await chooseEncryption(state, call, bucket, key, input);
        const { blob, md5, checksum } = await state.blobs.write(input.Body, wantedChecksum(input));
        try {
          // Asked again: another upload may have ended while this one's body came.
          requireCondition(state.current(bucket.name, key), input);
        } catch (error) {
          await state.blobs.remove([blob]);
          throw error;
        }
        const version = await state.add(bucket, key, {
          deleteMarker: false,
          lastModified: state.now(),
          size: blob.size,
          etag: `"${md5}"`,
          blobs: [blob],
          ...(checksum !== undefined && { checksum }),
          encryption,
          attributes: attributesOf(input),
          ...(input.Tagging !== undefined && { tags: parseTags(input.Tagging) }),
        });
        emitObjectEvent(state, call, bucket, key, version, { type: 'Object Created', reason: 'PutObject' });
        return {
          ETag: version.etag,
          ...checksumOutput(version.checksum),
          ...versionOutput(version),
          ...encryptionOutput(encryption),
        };
      },
    },
  };
}

export function requireKey(key: string | undefined): string {
  if (key === undefined || key === '') throw s3Error('InvalidArgument', 'The key is empty.');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw s3Error('KeyTooLongError', 'Your key is too long');
  return key;
}

export interface WriteCondition {
  readonly IfNoneMatch?: string | undefined;
  readonly IfMatch?: string | undefined;
}

export function requireCondition(existing: ObjectVersion | undefined, condition: WriteCondition): void {
  const { IfMatch, IfNoneMatch } = condition;
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*')
    throw s3Error('NotImplemented', 'If-None-Match on a write takes only *.');
  if (IfMatch !== undefined && existing === undefined) throw s3Error('NoSuchKey', 'The specified key does not exist.');
  if ((IfNoneMatch === '*' && existing !== undefined) || (IfMatch !== undefined && !sameEtag(IfMatch, existing))) {
    throw s3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
}

export function sameEtag(header: string, version: ObjectVersion | undefined): boolean {
  const wanted = header.split(/\s*,\s*/).map((etag) => etag.replace(/^W\//, '').replaceAll('"', ''));
  return version !== undefined && (wanted.includes('*') || wanted.includes(version.etag.replaceAll('"', '')));
}

type WithChecksum = { readonly ChecksumAlgorithm?: string | undefined } & Readonly<Record<string, unknown>>;

/** The checksum to keep: the one sent, or the one announced for the trailer. */
export function wantedChecksum(input: object): ChecksumName | undefined {
  const given = input as WithChecksum;
  return CHECKSUMS.find(
    (name) => given[`Checksum${name.toUpperCase()}`] !== undefined || given.ChecksumAlgorithm?.toLowerCase() === name,
  );
}

export function checksumOutput(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [`Checksum${checksum.name.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type };
}

export function versionOutput(version: ObjectVersion): { VersionId?: string } {
  return version.versionId === 'null' ? {} : { VersionId: version.versionId };
}

export function attributesOf(input: Attributes | PutObjectRequest): Attributes {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata } = input;
  return {
    ContentType: ContentType ?? 'binary/octet-stream',
    ...(CacheControl !== undefined && { CacheControl }),
    ...(ContentDisposition !== undefined && { ContentDisposition }),
    ...(ContentEncoding !== undefined && { ContentEncoding }),
    ...(ContentLanguage !== undefined && { ContentLanguage }),
    ...(Metadata !== undefined && { Metadata }),
  };
}

/** `a=1&b=2`, as in the header x-amz-tagging. */
export function parseTags(text: string): Tag[] {
  return [...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value }));
}
