import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws } from '@gitsource/local-aws';
import { readOptions, serve } from './start-process.ts';

export interface S3Options {
  readonly folder: string;
}

export interface ServedBucket {
  readonly endpointUrl: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BUCKET = 'bench';

const { folder } = readOptions<S3Options>();
const aws = await startLocalAws({ dataFolder: folder, services: ['s3', 'kms'] });
const { endpointUrl, region, credentials } = aws;
const s3 = new S3Client({ region, credentials, endpoint: endpointUrl });
await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
s3.destroy();
serve<ServedBucket>({ endpointUrl, region, bucket: BUCKET, ...credentials }, () => aws.close());
