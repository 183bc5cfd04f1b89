import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Way } from './peers.ts';
import { type Measured, runMeasured } from './run-measured.ts';
import type { ServedBucket } from './serve-s3.ts';

/** Where the ways go from and to. */
export interface Site {
  readonly url: string;
  /** Of the authority behind the server's certificate. */
  readonly caFile: string;
  /** Emptied before each run. */
  readonly folder: string;
  readonly bucket: ServedBucket;
  readonly environment: Readonly<Record<string, string>>;
}

export interface WayRun extends Measured {
  /** In the folder, at the end. */
  readonly leftBytes: number;
  readonly zipBytes: number | undefined;
  readonly own: OwnFigures | undefined;
}

const ownFigures = z.object({
  zipBytes: z.number(),
  packBytes: z.number(),
  spooledBytes: z.number(),
  objects: z.number(),
});

/** What our way says of itself. */
export type OwnFigures = z.infer<typeof ownFigures>;

/** The object that each run makes anew. */
export const OBJECT_KEY = 'bench/artifact.zip';

export async function runWay(way: Way, { url, caFile, folder, bucket, environment }: Site): Promise<WayRun> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const measured = await runMeasured(way.lines, {
    folder,
    environment: {
      ...environment,
      URL: url,
      GIT_SSL_CAINFO: caFile,
      BUCKET: bucket.bucket,
      KEY: OBJECT_KEY,
      AWS_ENDPOINT_URL: bucket.endpointUrl,
      AWS_REGION: bucket.region,
      AWS_DEFAULT_REGION: bucket.region,
      AWS_ACCESS_KEY_ID: bucket.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
    },
  });
  const [json] = /^\{.*\}$/m.exec(measured.output) ?? [];
  const own = json === undefined ? undefined : ownFigures.parse(JSON.parse(json));
  const zipBytes = way.zip === undefined ? own?.zipBytes : statSync(join(folder, way.zip)).size;
  return { ...measured, leftBytes: sum(lengthsIn(folder)), zipBytes, own };
}

/** The lengths of all files below a folder. */
export function lengthsIn(folder: string): number[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
}

export function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0);
}
