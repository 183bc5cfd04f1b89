import type {
  DeleteObjectOutput,
  DeleteObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
} from '@aws-sdk/client-s3';
import type { Call, Operation } from '../cloud/service.ts';
import { emitObjectEvent } from './emit-object-event.ts';
import { s3Error } from './errors.ts';
import { allow } from './permissions.ts';
import type { BucketRecord } from './records.ts';
import type { S3State } from './s3-state.ts';

/** S3's limit of one DeleteObjects. */
const MAX_KEYS = 1000;

interface Deletion {
  readonly DeleteMarker?: boolean;
  readonly VersionId?: string;
}

export function deleteObjects(state: S3State) {
  const DeleteObject: Operation<DeleteObjectRequest, DeleteObjectOutput> = {
    permissions: (input) => [permission(state, input.Bucket, input.Key, input.VersionId)],
    run: (input, call) => deleteOne(state, call, state.bucket(input.Bucket), input.Key ?? '', input.VersionId),
  };
  const DeleteObjects: Operation<DeleteObjectsRequest, DeleteObjectsOutput> = {
    permissions: (input) =>
      (input.Delete?.Objects ?? []).map((each) => permission(state, input.Bucket, each.Key, each.VersionId)),
    async run(input, call) {
      const bucket = state.bucket(input.Bucket);
      const objects = input.Delete?.Objects ?? [];
      if (objects.length === 0 || objects.length > MAX_KEYS) {
        throw s3Error('MalformedXML', `A request deletes 1 to ${MAX_KEYS} objects, not ${objects.length}.`);
      }
      const deleted = [];
      for (const { Key, VersionId } of objects) {
        const result = await deleteOne(state, call, bucket, Key ?? '', VersionId);
        const marker = result.DeleteMarker && { DeleteMarker: true, DeleteMarkerVersionId: result.VersionId };
        deleted.push({ Key, ...(VersionId !== undefined && { VersionId }), ...marker });
      }
      return input.Delete?.Quiet ? {} : { Deleted: deleted };
    },
  };
  return { DeleteObject, DeleteObjects };
}

function permission(state: S3State, bucket: string | undefined, key = '', versionId?: string) {
  return allow(state, versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion', bucket, key);
}

async function deleteOne(
  state: S3State,
  call: Call,
  bucket: BucketRecord,
  key: string,
  versionId: string | undefined,
): Promise<Deletion> {
  if (versionId !== undefined || bucket.versioning === undefined) {
    const removed = await state.remove(bucket.name, key, versionId ?? 'null');
    if (removed === undefined) return versionId === undefined ? {} : { VersionId: versionId };
    emitObjectEvent(state, call, bucket, key, removed, {
      type: 'Object Deleted',
      reason: 'DeleteObject',
      deletionType: 'Permanently Deleted',
    });
    return {
      ...(versionId !== undefined && { VersionId: versionId }),
      ...(removed.deleteMarker && { DeleteMarker: true }),
    };
  }
  const marker = await state.add(bucket, key, {
    deleteMarker: true,
    lastModified: state.now(),
    size: 0,
    etag: '',
    blobs: [],
    encryption: { algorithm: 'AES256' },
    attributes: {},
  });
  emitObjectEvent(state, call, bucket, key, marker, {
    type: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Delete Marker Created',
  });
  return { DeleteMarker: true, VersionId: marker.versionId };
}
