import * as z from 'zod';
import { boolean, integer, object, string, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';

const rule = object({
  Id: string.optional(),
  Status: word('Enabled', 'Disabled'),
  Prefix: string.optional(),
  ExpirationInDays: integer.optional(),
  ExpiredObjectDeleteMarker: boolean.optional(),
  NoncurrentVersionExpirationInDays: integer.optional(),
  NoncurrentVersionExpiration: object({
    NoncurrentDays: integer,
    NewerNoncurrentVersions: integer.optional(),
  }).optional(),
  AbortIncompleteMultipartUpload: object({ DaysAfterInitiation: integer }).optional(),
});

const properties = object({
  BucketName: string.optional(),
  BucketEncryption: object({
    ServerSideEncryptionConfiguration: z.array(
      object({
        BucketKeyEnabled: boolean.optional(),
        ServerSideEncryptionByDefault: object({
          SSEAlgorithm: word('AES256', 'aws:kms', 'aws:kms:dsse'),
          KMSMasterKeyID: string.optional(),
        }).optional(),
      }),
    ),
  }).optional(),
  LifecycleConfiguration: object({ Rules: z.array(rule) }).optional(),
  NotificationConfiguration: object({
    EventBridgeConfiguration: object({ EventBridgeEnabled: boolean.optional() }).optional(),
  }).optional(),
  OwnershipControls: object({
    Rules: z.array(object({ ObjectOwnership: word('BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter') })),
  }).optional(),
  PublicAccessBlockConfiguration: object({
    BlockPublicAcls: boolean.optional(),
    BlockPublicPolicy: boolean.optional(),
    IgnorePublicAcls: boolean.optional(),
    RestrictPublicBuckets: boolean.optional(),
  }).optional(),
  Tags: tags.optional(),
  VersioningConfiguration: object({ Status: word('Enabled', 'Suspended') }).optional(),
});
type Bucket = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
export const s3Bucket = defineResource({
  type: 'AWS::S3::Bucket',
  properties,
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
  replacedBy: ['BucketName'],
  nameProperty: 'BucketName',
  create: async (context, bucket) => {
    const name = bucket.BucketName ?? context.physicalName(63).toLowerCase();
    const isDefaultRegion = context.region === 'us-east-1';
    await context.call('s3', 'CreateBucket', {
      Bucket: name,
      CreateBucketConfiguration: isDefaultRegion ? undefined : { LocationConstraint: context.region },
    });
    context.created(name);
    await configure(context, name, bucket, {});
    return { physicalId: name, attributes: attributesOf(context, name) };
  },
  update: async (context, { physicalId, properties: before }, bucket) => {
    await configure(context, physicalId, bucket, before);
    return { physicalId, attributes: attributesOf(context, physicalId) };
  },
  delete: async (context, { physicalId }) => {
    await context.call('s3', 'DeleteBucket', { Bucket: physicalId });
  },
});

function attributesOf({ partition, region }: ResourceContext, name: string) {
  return {
    Arn: `arn:${partition}:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
  };
}

// Only what the template says, or said before, is written: each is one call, and an unchanged one is harmless.
async function configure(context: ResourceContext, name: string, bucket: Bucket, before: Bucket): Promise<void> {
  const put = (operation: string, input: object) => context.call('s3', operation, { Bucket: name, ...input });
  const {
    BucketEncryption: encryption,
    LifecycleConfiguration: lifecycle,
    OwnershipControls: ownership,
    VersioningConfiguration: versioning,
  } = bucket;
  const { NotificationConfiguration: notification, PublicAccessBlockConfiguration: publicAccess } = bucket;
  if (versioning !== undefined) await put('PutBucketVersioning', { VersioningConfiguration: versioning });
  else if (before.VersioningConfiguration !== undefined)
    await put('PutBucketVersioning', { VersioningConfiguration: { Status: 'Suspended' } });
  if (encryption !== undefined)
    await put('PutBucketEncryption', { ServerSideEncryptionConfiguration: { Rules: encryptionRules(encryption) } });
  else if (before.BucketEncryption !== undefined) await put('DeleteBucketEncryption', {});
  if (publicAccess !== undefined) await put('PutPublicAccessBlock', { PublicAccessBlockConfiguration: publicAccess });
  else if (before.PublicAccessBlockConfiguration !== undefined) await put('DeletePublicAccessBlock', {});
  if (ownership !== undefined) await put('PutBucketOwnershipControls', { OwnershipControls: ownership });
  else if (before.OwnershipControls !== undefined) await put('DeleteBucketOwnershipControls', {});
  if (lifecycle !== undefined)
    await put('PutBucketLifecycleConfiguration', {
      LifecycleConfiguration: { Rules: lifecycle.Rules.map(lifecycleRule) },
    });
  else if (before.LifecycleConfiguration !== undefined) await put('DeleteBucketLifecycle', {});
  if (notification !== undefined || before.NotificationConfiguration !== undefined) {
    const isOn =
      notification?.EventBridgeConfiguration !== undefined &&
      notification.EventBridgeConfiguration.EventBridgeEnabled !== false;
    await put('PutBucketNotificationConfiguration', {
      NotificationConfiguration: isOn ? { EventBridgeConfiguration: {} } : {},
    });
  }
  const tagSet = [...context.stackTags, ...(bucket.Tags ?? [])];
  if (tagSet.length > 0) await put('PutBucketTagging', { Tagging: { TagSet: tagSet } });
  else if ((before.Tags ?? []).length > 0) await put('DeleteBucketTagging', {});
}

function encryptionRules({ ServerSideEncryptionConfiguration: rules }: NonNullable<Bucket['BucketEncryption']>) {
  return rules.map(({ ServerSideEncryptionByDefault: byDefault, BucketKeyEnabled }) => ({
    ApplyServerSideEncryptionByDefault: byDefault,
    BucketKeyEnabled,
  }));
}

function lifecycleRule({ Id, Status, Prefix, ...actions }: z.infer<typeof rule>) {
  const {
    ExpirationInDays: days,
    ExpiredObjectDeleteMarker: marker,
    NoncurrentVersionExpirationInDays: noncurrent,
  } = actions;
  return {
    ID: Id,
    Status,
    Filter: { Prefix: Prefix ?? '' },
    Expiration:
      days === undefined && marker === undefined ? undefined : { Days: days, ExpiredObjectDeleteMarker: marker },
    NoncurrentVersionExpiration:
      actions.NoncurrentVersionExpiration ?? (noncurrent === undefined ? undefined : { NoncurrentDays: noncurrent }),
    AbortIncompleteMultipartUpload: actions.AbortIncompleteMultipartUpload,
  };
}
