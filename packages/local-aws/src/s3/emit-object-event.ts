import type { Call } from '../cloud/service.ts';
import { bucketArn } from './permissions.ts';
import type { BucketRecord, ObjectVersion } from './records.ts';
import type { S3State } from './s3-state.ts';

export type ObjectEvent =
  | { readonly type: 'Object Created'; readonly reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' }
  | {
      readonly type: 'Object Deleted';
      readonly reason: 'DeleteObject';
      readonly deletionType: 'Permanently Deleted' | 'Delete Marker Created';
    };

/**
 * Tells EventBridge of an object, where the bucket's notification configuration switches it on.
 * Shape: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function emitObjectEvent(
  state: S3State,
  call: Call,
  bucket: BucketRecord,
  key: string,
  version: Pick<ObjectVersion, 'versionId' | 'size' | 'etag'>,
  event: ObjectEvent,
): void {
  if (bucket.settings.notification?.EventBridgeConfiguration === undefined) return;
  const created = event.type === 'Object Created';
  state.cloud.emit({
    source: 'aws.s3',
    detailType: event.type,
    resources: [bucketArn(state, bucket.name)],
    detail: {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key,
        ...(created && { size: version.size, etag: version.etag.replaceAll('"', '') }),
        ...(version.versionId !== 'null' && { 'version-id': version.versionId }),
        sequencer: state.cloud.now().toString(16).toUpperCase().padStart(18, '0'),
      },
      'request-id': call.requestId,
      requester: call.principal.accountId,
      'source-ip-address': '127.0.0.1',
      reason: event.reason,
      ...(event.type === 'Object Deleted' && { 'deletion-type': event.deletionType }),
    },
  });
}
