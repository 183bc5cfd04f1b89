import type * as S3 from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { findVersion } from './get-object.ts';
import { allow } from './permissions.ts';
import { versionOutput } from './put-object.ts';
import type { S3State } from './s3-state.ts';

export function objectTagging(state: S3State) {
  const PutObjectTagging: Operation<S3.PutObjectTaggingRequest, S3.PutObjectTaggingOutput> = {
    permissions: (input) => [
      allow(
        state,
        input.VersionId === undefined ? 'PutObjectTagging' : 'PutObjectVersionTagging',
        input.Bucket,
        input.Key,
      ),
    ],
    run: async (input) => setTags(state, input, input.Tagging?.TagSet ?? []),
  };
  const GetObjectTagging: Operation<S3.GetObjectTaggingRequest, S3.GetObjectTaggingOutput> = {
    permissions: (input) => [
      allow(
        state,
        input.VersionId === undefined ? 'GetObjectTagging' : 'GetObjectVersionTagging',
        input.Bucket,
        input.Key,
      ),
    ],
    async run(input) {
      const version = findVersion(state, input.Bucket, input.Key ?? '', input.VersionId);
      return { TagSet: [...(version.tags ?? [])], ...versionOutput(version) };
    },
  };
  const DeleteObjectTagging: Operation<S3.DeleteObjectTaggingRequest, S3.DeleteObjectTaggingOutput> = {
    permissions: (input) => [allow(state, 'DeleteObjectTagging', input.Bucket, input.Key)],
    run: async (input) => setTags(state, input, []),
  };
  return { PutObjectTagging, GetObjectTagging, DeleteObjectTagging };
}

interface ByVersion {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
}

function setTags(state: S3State, input: ByVersion, tags: readonly S3.Tag[]): { VersionId?: string } {
  const version = findVersion(state, input.Bucket, input.Key ?? '', input.VersionId);
  version.tags = tags;
  const object = state.object(input.Bucket ?? '', input.Key ?? '');
  if (object !== undefined) state.save(object);
  return versionOutput(version);
}
