import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { OURS } from './peers.ts';
import { runMeasured } from './run-measured.ts';
import { lengthsIn, OBJECT_KEY, runWay, type Site, sum } from './run-way.ts';

export interface Contents {
  readonly files: number;
  readonly bytes: number;
  /** What `diff` says first of all differences. */
  readonly differences: readonly string[];
}

/** Unpacks our artifact beside a checkout of the same commit. */
export async function compareWithCheckout(site: Site): Promise<Contents> {
  await runWay(OURS, site);
  const { endpointUrl: endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = site.bucket;
  const s3 = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: OBJECT_KEY }));
  if (!(Body instanceof Readable)) throw new Error('the artifact has no content');
  await pipeline(Body, createWriteStream(join(site.folder, 'ours.zip')));
  s3.destroy();
  const lines = [
    'unzip -q ours.zip -d ours',
    'git clone -q --depth 1 "$URL" clone',
    'diff -r --no-dereference -x .git ours clone | head -5',
  ];
  const environment = { ...site.environment, URL: site.url, GIT_SSL_CAINFO: site.caFile };
  const { output } = await runMeasured(lines.join('\n'), { folder: site.folder, environment });
  const differences = output.split('\n').filter((line) => /^(Only in|Files|diff|Symbolic|File) /.test(line));
  const lengths = lengthsIn(join(site.folder, 'ours'));
  return { files: lengths.length, bytes: sum(lengths), differences };
}
