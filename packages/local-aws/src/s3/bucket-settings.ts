import type * as S3 from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { s3Error } from './errors.ts';
import { allow } from './permissions.ts';
import type { BucketRecord, BucketSettings } from './records.ts';
import type { S3State } from './s3-state.ts';

interface ByBucket {
  readonly Bucket?: string | undefined;
}

/** Put, get and delete of what a bucket is told once. */
export function bucketSettings(state: S3State) {
  return { ...protection(state), ...policy(state), ...upkeep(state), ...notification(state) };
}

function operation<I extends ByBucket, O>(
  state: S3State,
  action: string,
  run: (bucket: BucketRecord, input: I) => O,
): Operation<I, O> {
  return {
    permissions: (input) => [allow(state, action, input.Bucket)],
    async run(input) {
      const bucket = state.bucket(input.Bucket);
      const output = run(bucket, input);
      state.buckets.set(bucket.name, bucket);
      return output;
    },
  };
}

function put<I extends ByBucket, K extends keyof BucketSettings>(
  state: S3State,
  action: string,
  setting: K,
  read: (input: I) => BucketSettings[K] | undefined,
): Operation<I, object> {
  return operation(state, action, (bucket, input: I) => {
    const value = read(input);
    if (value === undefined) throw s3Error('MalformedXML', 'The XML you provided does not hold the configuration.');
    bucket.settings[setting] = value;
    return {};
  });
}

function remove(state: S3State, action: string, setting: keyof BucketSettings): Operation<ByBucket, object> {
  return operation(state, action, (bucket) => {
    delete bucket.settings[setting];
    return {};
  });
}

function protection(state: S3State) {
  return {
    PutBucketVersioning: operation(state, 'PutBucketVersioning', (bucket, input: S3.PutBucketVersioningRequest) => {
      const status = input.VersioningConfiguration?.Status;
      if (input.VersioningConfiguration?.MFADelete === 'Enabled')
        throw s3Error('NotImplemented', 'local-aws has no MFA delete.');
      if (status !== undefined) bucket.versioning = status;
      return {};
    }),
    GetBucketVersioning: operation(state, 'GetBucketVersioning', (bucket) =>
      bucket.versioning === undefined ? {} : { Status: bucket.versioning },
    ),
    PutBucketEncryption: put(
      state,
      'PutEncryptionConfiguration',
      'encryption',
      (input: S3.PutBucketEncryptionRequest) => input.ServerSideEncryptionConfiguration,
    ),
    GetBucketEncryption: operation(state, 'GetEncryptionConfiguration', (bucket) => ({
      // Since 2023 each bucket has a default, set or not.
      ServerSideEncryptionConfiguration: bucket.settings.encryption ?? {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
      },
    })),
    DeleteBucketEncryption: remove(state, 'PutEncryptionConfiguration', 'encryption'),
    PutPublicAccessBlock: put(
      state,
      'PutBucketPublicAccessBlock',
      'publicAccessBlock',
      (input: S3.PutPublicAccessBlockRequest) => input.PublicAccessBlockConfiguration,
    ),
    GetPublicAccessBlock: operation(state, 'GetBucketPublicAccessBlock', ({ settings }) => {
      if (settings.publicAccessBlock !== undefined)
        return { PublicAccessBlockConfiguration: settings.publicAccessBlock };
      throw s3Error('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found');
    }),
    DeletePublicAccessBlock: remove(state, 'PutBucketPublicAccessBlock', 'publicAccessBlock'),
    PutBucketOwnershipControls: put(
      state,
      'PutBucketOwnershipControls',
      'ownership',
      (input: S3.PutBucketOwnershipControlsRequest) => input.OwnershipControls,
    ),
    GetBucketOwnershipControls: operation(state, 'GetBucketOwnershipControls', ({ settings }) => {
      if (settings.ownership !== undefined) return { OwnershipControls: settings.ownership };
      throw s3Error('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found');
    }),
    DeleteBucketOwnershipControls: remove(state, 'PutBucketOwnershipControls', 'ownership'),
  };
}

function policy(state: S3State) {
  return {
    PutBucketPolicy: put(state, 'PutBucketPolicy', 'policy', (input: S3.PutBucketPolicyRequest) => {
      requirePolicy(input.Policy ?? '');
      return input.Policy;
    }),
    GetBucketPolicy: operation(state, 'GetBucketPolicy', ({ settings }) => {
      if (settings.policy !== undefined) return { Policy: settings.policy };
      throw s3Error('NoSuchBucketPolicy', 'The bucket policy does not exist');
    }),
    DeleteBucketPolicy: remove(state, 'DeleteBucketPolicy', 'policy'),
  };
}

function requirePolicy(text: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw s3Error('MalformedPolicy', 'This policy contains invalid Json');
  }
  try {
    parsePolicy(parsed, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw s3Error('MalformedPolicy', error.message);
    throw error;
  }
}

function upkeep(state: S3State) {
  return {
    PutBucketLifecycleConfiguration: put(
      state,
      'PutLifecycleConfiguration',
      'lifecycle',
      (input: S3.PutBucketLifecycleConfigurationRequest) => input.LifecycleConfiguration?.Rules,
    ),
    GetBucketLifecycleConfiguration: operation(state, 'GetLifecycleConfiguration', ({ settings }) => {
      if (settings.lifecycle !== undefined) return { Rules: settings.lifecycle.map(withDates) };
      throw s3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
    }),
    DeleteBucketLifecycle: remove(state, 'PutLifecycleConfiguration', 'lifecycle'),
    PutBucketTagging: put(
      state,
      'PutBucketTagging',
      'tags',
      (input: S3.PutBucketTaggingRequest) => input.Tagging?.TagSet,
    ),
    GetBucketTagging: operation(state, 'GetBucketTagging', ({ settings }) => {
      if (settings.tags !== undefined) return { TagSet: settings.tags };
      throw s3Error('NoSuchTagSet', 'The TagSet does not exist');
    }),
    DeleteBucketTagging: remove(state, 'PutBucketTagging', 'tags'),
  };
}

/** State kept as JSON gives dates back as text. */
function withDates(rule: S3.LifecycleRule): S3.LifecycleRule {
  const date = rule.Expiration?.Date;
  return date === undefined ? rule : { ...rule, Expiration: { ...rule.Expiration, Date: new Date(date) } };
}

function notification(state: S3State) {
  return {
    PutBucketNotificationConfiguration: put(
      state,
      'PutBucketNotification',
      'notification',
      ({ NotificationConfiguration: given = {} }: S3.PutBucketNotificationConfigurationRequest) => {
        const other = [given.TopicConfigurations, given.QueueConfigurations, given.LambdaFunctionConfigurations];
        if (!other.some((list) => (list?.length ?? 0) > 0)) return given;
        throw s3Error(
          'NotImplemented',
          'local-aws notifies EventBridge only; use EventBridgeConfiguration and a rule.',
        );
      },
    ),
    GetBucketNotificationConfiguration: operation(
      state,
      'GetBucketNotification',
      ({ settings }) => settings.notification ?? {},
    ),
  };
}
