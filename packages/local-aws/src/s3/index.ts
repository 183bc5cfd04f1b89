import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { bucketOperations } from './bucket-operations.ts';
import { bucketSettings } from './bucket-settings.ts';
import { completeMultipart } from './complete-multipart.ts';
import { copyObject } from './copy-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { listVersions } from './list-versions.ts';
import { multipart } from './multipart.ts';
import { objectTagging } from './object-tagging.ts';
import { putObject } from './put-object.ts';
import { S3State } from './s3-state.ts';

/** S3: buckets with their settings, versioned objects as files, multipart uploads, events to EventBridge. */
export function createS3(cloud: Cloud): Service {
  const state = new S3State(cloud);
  return {
    name: 's3',
    operations: {
      ...bucketOperations(state),
      ...bucketSettings(state),
      ...putObject(state),
      ...getObject(state),
      ...deleteObjects(state),
      ...copyObject(state),
      ...listObjects(state),
      ...listVersions(state),
      ...multipart(state),
      ...completeMultipart(state),
      ...objectTagging(state),
    },
  };
}
