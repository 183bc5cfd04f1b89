import type {
  _Object as ListedObject,
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
} from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { owner } from './bucket-operations.ts';
import { s3Error } from './errors.ts';
import { listPage, nameEncoder, pageSize } from './list-page.ts';
import { allow } from './permissions.ts';
import type { ObjectRecord, ObjectVersion } from './records.ts';
import type { S3State } from './s3-state.ts';

export function listObjects(state: S3State) {
  const permissions = (input: ListObjectsRequest | ListObjectsV2Request) => [
    allow(state, 'ListBucket', input.Bucket, undefined, {
      's3:prefix': input.Prefix ?? '',
      's3:delimiter': input.Delimiter ?? '',
      's3:max-keys': String(input.MaxKeys ?? 1000),
    }),
  ];
  const ListObjectsV2: Operation<ListObjectsV2Request, ListObjectsV2Output> = {
    permissions,
    async run(input) {
      const after =
        input.ContinuationToken === undefined ? (input.StartAfter ?? '') : fromToken(input.ContinuationToken);
      const { page, common, encode } = listCurrent(state, input, after);
      return {
        ...common,
        KeyCount: page.items.length + page.prefixes.length,
        Contents: page.items.map((object) => listed(object, encode, input.FetchOwner ? owner(state) : undefined)),
        ...(input.StartAfter !== undefined && { StartAfter: encode(input.StartAfter) }),
        ...(input.ContinuationToken !== undefined && { ContinuationToken: input.ContinuationToken }),
        ...(page.next !== undefined && { NextContinuationToken: Buffer.from(page.next).toString('base64') }),
      };
    },
  };
  const ListObjects: Operation<ListObjectsRequest, ListObjectsOutput> = {
    permissions,
    async run(input) {
      const { page, common, encode } = listCurrent(state, input, input.Marker ?? '');
      return {
        ...common,
        Marker: encode(input.Marker ?? ''),
        Contents: page.items.map((object) => listed(object, encode, owner(state))),
        ...(page.next !== undefined && input.Delimiter !== undefined && { NextMarker: encode(page.next) }),
      };
    },
  };
  return { ListObjectsV2, ListObjects };
}

type Listing = { object: ObjectRecord; version: ObjectVersion };

function listCurrent(state: S3State, input: ListObjectsRequest | ListObjectsV2Request, after: string) {
  const bucket = state.bucket(input.Bucket);
  const encode = nameEncoder(input.EncodingType);
  const maxItems = pageSize(input.MaxKeys);
  const current = state.objectsOf(bucket.name).flatMap((object): Listing[] => {
    const version = object.versions[0];
    return version === undefined || version.deleteMarker ? [] : [{ object, version }];
  });
  const page = listPage(current, ({ object }) => object.key, {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter ?? '',
    after,
    maxItems,
  });
  const common = {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ''),
    ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
    MaxKeys: maxItems,
    IsTruncated: page.next !== undefined,
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
  return { page, common, encode };
}

function listed(
  { object, version }: Listing,
  encode: (name: string) => string,
  by: { ID: string } | undefined,
): ListedObject {
  return {
    Key: encode(object.key),
    LastModified: new Date(version.lastModified),
    ETag: version.etag,
    Size: version.size,
    StorageClass: 'STANDARD',
    ...(by !== undefined && { Owner: by }),
  };
}

function fromToken(token: string): string {
  const key = Buffer.from(token, 'base64').toString('utf8');
  if (key === '') throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return key;
}
