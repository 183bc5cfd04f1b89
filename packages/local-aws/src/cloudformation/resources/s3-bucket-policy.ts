import { document, object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html */
export const s3BucketPolicy = defineResource({
  type: 'AWS::S3::BucketPolicy',
  properties: object({ Bucket: string, PolicyDocument: document }),
  attributes: [],
  replacedBy: ['Bucket'],
  create: async (context, { Bucket, PolicyDocument }) => {
    await context.call('s3', 'PutBucketPolicy', { Bucket, Policy: PolicyDocument });
    return { physicalId: Bucket };
  },
  update: async (context, { physicalId }, { Bucket, PolicyDocument }) => {
    await context.call('s3', 'PutBucketPolicy', { Bucket, Policy: PolicyDocument });
    return { physicalId };
  },
  delete: async (context, { physicalId }) => {
    await context.call('s3', 'DeleteBucketPolicy', { Bucket: physicalId });
  },
});
