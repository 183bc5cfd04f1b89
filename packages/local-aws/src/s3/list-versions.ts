import type { ListObjectVersionsOutput, ListObjectVersionsRequest } from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { owner } from './bucket-operations.ts';
import { listPage, nameEncoder, pageSize } from './list-page.ts';
import { allow } from './permissions.ts';
import type { S3State } from './s3-state.ts';

/** Lists versions and delete markers, newest first per key. A page ends after a key's last version: it may be longer than asked for. */
export function listVersions(state: S3State): {
  ListObjectVersions: Operation<ListObjectVersionsRequest, ListObjectVersionsOutput>;
} {
  return {
    ListObjectVersions: {
      permissions: (input) => [
        allow(state, 'ListBucketVersions', input.Bucket, undefined, { 's3:prefix': input.Prefix ?? '' }),
      ],
      async run(input) {
        const bucket = state.bucket(input.Bucket);
        const encode = nameEncoder(input.EncodingType);
        const maxItems = pageSize(input.MaxKeys);
        const page = listPage(state.objectsOf(bucket.name), (object) => object.key, {
          prefix: input.Prefix ?? '',
          delimiter: input.Delimiter ?? '',
          after: input.KeyMarker ?? '',
          maxItems,
        });
        const all = page.items.flatMap((object) =>
          object.versions.map((version, index) => ({ object, version, latest: index === 0 })),
        );
        const line = ({ object, version, latest }: (typeof all)[number]) => ({
          Key: encode(object.key),
          VersionId: version.versionId,
          IsLatest: latest,
          LastModified: new Date(version.lastModified),
          Owner: owner(state),
        });
        return {
          Name: bucket.name,
          Prefix: encode(input.Prefix ?? ''),
          KeyMarker: encode(input.KeyMarker ?? ''),
          MaxKeys: maxItems,
          IsTruncated: page.next !== undefined,
          ...(input.Delimiter !== undefined && { Delimiter: encode(input.Delimiter) }),
          ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
          ...(page.next !== undefined && { NextKeyMarker: encode(page.next) }),
          Versions: all
            .filter(({ version }) => !version.deleteMarker)
            .map((each) => ({
              ...line(each),
              ETag: each.version.etag,
              Size: each.version.size,
              StorageClass: 'STANDARD' as const,
            })),
          DeleteMarkers: all.filter(({ version }) => version.deleteMarker).map(line),
          CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
        };
      },
    },
  };
}
