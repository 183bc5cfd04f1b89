import type { Readable } from 'node:stream';
import type { GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest } from '@aws-sdk/client-s3';
import type { Call, Operation } from '../cloud/service.ts';
import { encryptionOutput, requireDecrypt } from './encryption.ts';
import { s3Error } from './errors.ts';
import { allow } from './permissions.ts';
import { checksumOutput, sameEtag, versionOutput } from './put-object.ts';
import type { ObjectVersion } from './records.ts';
import type { S3State } from './s3-state.ts';

type Output = Omit<GetObjectOutput, 'Body'> & { Body: Readable };

export function getObject(state: S3State) {
  const permissions = (input: GetObjectRequest | HeadObjectRequest) => [
    allow(state, input.VersionId === undefined ? 'GetObject' : 'GetObjectVersion', input.Bucket, input.Key),
  ];
  const GetObject: Operation<GetObjectRequest, Output> = {
    permissions,
    async run(input, call) {
      const version = await readable(state, input, call);
      const range = readRange(input.Range, version.size);
      const { start, end } = range ?? { start: 0, end: version.size - 1 };
      return {
        ...describe(version, input, range === undefined),
        ...overrides(input),
        ContentLength: end - start + 1,
        ...(range !== undefined && { ContentRange: `bytes ${start}-${end}/${version.size}` }),
        Body: state.blobs.read(version.blobs, start, end),
      };
    },
  };
  const HeadObject: Operation<HeadObjectRequest, HeadObjectOutput> = {
    permissions,
    async run(input, call) {
      const version = await readable(state, input, call);
      const range = readRange(input.Range, version.size);
      return {
        ...describe(version, input, range === undefined),
        ...overrides(input),
        ContentLength: range === undefined ? version.size : range.end - range.start + 1,
        ...(range !== undefined && { ContentRange: `bytes ${range.start}-${range.end}/${version.size}` }),
      };
    },
  };
  return { GetObject, HeadObject };
}

/** The version asked for, or the newest. Throws NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker. */
export function findVersion(
  state: S3State,
  bucketName: string | undefined,
  key: string,
  versionId?: string,
): ObjectVersion {
  const bucket = state.bucket(bucketName);
  if (versionId === undefined) {
    const current = state.current(bucket.name, key);
    if (current === undefined) throw s3Error('NoSuchKey', `The specified key does not exist: ${key}`);
    return current;
  }
  const version = state.object(bucket.name, key)?.versions.find((each) => each.versionId === versionId);
  if (version === undefined)
    throw s3Error('NoSuchVersion', `The specified version does not exist: ${key} ${versionId}`);
  if (version.deleteMarker) throw s3Error('MethodNotAllowed', 'The specified version is a delete marker.');
  return version;
}

async function readable(
  state: S3State,
  input: GetObjectRequest | HeadObjectRequest,
  call: Call,
): Promise<ObjectVersion> {
  const key = input.Key ?? '';
  const version = findVersion(state, input.Bucket, key, input.VersionId);
  requireReadCondition(version, input);
  if (input.PartNumber !== undefined)
    throw s3Error('NotImplemented', 'local-aws reads whole objects and ranges, not parts.');
  await requireDecrypt(state, call, input.Bucket ?? '', key, version.encryption);
  return version;
}

function requireReadCondition(version: ObjectVersion, input: GetObjectRequest | HeadObjectRequest): void {
  // HTTP dates have no milliseconds.
  const modified = Math.floor(Date.parse(version.lastModified) / 1000) * 1000;
  const failed =
    (input.IfMatch !== undefined && !sameEtag(input.IfMatch, version)) ||
    (input.IfMatch === undefined &&
      input.IfUnmodifiedSince !== undefined &&
      modified > input.IfUnmodifiedSince.getTime());
  if (failed) throw s3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  const unchanged =
    input.IfNoneMatch !== undefined
      ? sameEtag(input.IfNoneMatch, version)
      : input.IfModifiedSince !== undefined && modified <= input.IfModifiedSince.getTime();
  if (unchanged) throw s3Error('NotModified', 'Not Modified');
}

/** `bytes=0-9`, `bytes=10-`, `bytes=-5`; anything else is no range, as S3 has it. Throws InvalidRange. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return undefined;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < start) return undefined;
  if (start >= size || (from === '' && Number(to) === 0))
    throw s3Error('InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

function describe(version: ObjectVersion, input: GetObjectRequest | HeadObjectRequest, whole: boolean) {
  return {
    AcceptRanges: 'bytes',
    ETag: version.etag,
    LastModified: new Date(version.lastModified),
    ...version.attributes,
    ...versionOutput(version),
    ...encryptionOutput(version.encryption),
    // A checksum is of the whole object; with a range, the client would compare it with the wrong bytes.
    ...(input.ChecksumMode === 'ENABLED' && whole && checksumOutput(version.checksum)),
    ...(version.tags !== undefined && version.tags.length > 0 && { TagCount: version.tags.length }),
  } satisfies HeadObjectOutput;
}

function overrides(input: GetObjectRequest | HeadObjectRequest) {
  return {
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentDisposition !== undefined && { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
  };
}
