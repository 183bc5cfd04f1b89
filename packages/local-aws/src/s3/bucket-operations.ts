import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from '@aws-sdk/client-s3';
import type { Operation } from '../cloud/service.ts';
import { s3Error } from './errors.ts';
import { allow, bucketArn } from './permissions.ts';
import type { S3State } from './s3-state.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!xn--|sthree-|\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** S3's first Region, which has no location constraint. */
const FIRST_REGION = 'us-east-1';

export function bucketOperations(state: S3State) {
  return { ...existence(state), ...lookups(state) };
}

function existence(state: S3State) {
  const CreateBucket: Operation<CreateBucketRequest, CreateBucketOutput> = {
    permissions: (input) => [{ action: 's3:CreateBucket', resource: bucketArn(state, input.Bucket ?? '') }],
    async run(input) {
      const name = input.Bucket ?? '';
      if (!BUCKET_NAME.test(name)) throw s3Error('InvalidBucketName', `The specified bucket is not valid: ${name}`);
      requireLocation(state, input.CreateBucketConfiguration?.LocationConstraint);
      if (state.buckets.has(name)) {
        throw s3Error('BucketAlreadyOwnedByYou', `You already own the bucket ${name}; creating it again does nothing.`);
      }
      const created = state.now();
      state.buckets.set(name, {
        name,
        created,
        settings: {
          publicAccessBlock: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: true,
            RestrictPublicBuckets: true,
          },
          ownership: { Rules: [{ ObjectOwnership: input.ObjectOwnership ?? 'BucketOwnerEnforced' }] },
        },
      });
      return { Location: `/${name}` };
    },
  };
  const DeleteBucket: Operation<DeleteBucketRequest> = {
    permissions: (input) => [allow(state, 'DeleteBucket', input.Bucket)],
    async run(input) {
      const { name } = state.bucket(input.Bucket);
      if (state.objectsOf(name).length > 0) {
        throw s3Error(
          'BucketNotEmpty',
          'The bucket you tried to delete is not empty. You must delete all versions in it.',
        );
      }
      for (const upload of [...state.uploads.values()].filter((each) => each.bucket === name)) {
        state.uploads.delete(upload.uploadId);
        await state.blobs.remove(upload.parts.map((part) => part.blob));
      }
      state.buckets.delete(name);
      return {};
    },
  };
  return { CreateBucket, DeleteBucket };
}

function lookups(state: S3State) {
  const HeadBucket: Operation<HeadBucketRequest, HeadBucketOutput> = {
    permissions: (input) => [allow(state, 'ListBucket', input.Bucket)],
    async run(input) {
      return { BucketArn: bucketArn(state, state.bucket(input.Bucket).name), BucketRegion: state.cloud.region };
    },
  };
  const ListBuckets: Operation<ListBucketsRequest, ListBucketsOutput> = {
    permissions: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
    async run(input) {
      const names = [...state.buckets.values()].filter((bucket) => bucket.name.startsWith(input.Prefix ?? ''));
      const sorted = names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return {
        Buckets: sorted.map((bucket) => ({ Name: bucket.name, CreationDate: new Date(bucket.created) })),
        Owner: owner(state),
        ...(input.Prefix !== undefined && { Prefix: input.Prefix }),
      };
    },
  };
  const GetBucketLocation: Operation<GetBucketLocationRequest, { LocationConstraint?: string }> = {
    permissions: (input) => [allow(state, 'GetBucketLocation', input.Bucket)],
    async run(input) {
      state.bucket(input.Bucket);
      return state.cloud.region === FIRST_REGION ? {} : { LocationConstraint: state.cloud.region };
    },
  };
  return { HeadBucket, ListBuckets, GetBucketLocation };
}

export function owner(state: S3State): { ID: string } {
  return { ID: state.cloud.accountId.padStart(64, '0') };
}

function requireLocation(state: S3State, given: string | undefined): void {
  const { region } = state.cloud;
  if (region === FIRST_REGION ? given === undefined : given === region) return;
  throw s3Error(
    'IllegalLocationConstraintException',
    `The ${given ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to (${region}).`,
  );
}
