import type { S3Client } from '@aws-sdk/client-s3';
import type { KeptObjects } from '@gitsource/pack';
import type { FetchPorts } from '../ports.ts';
import type { SourceRequest } from '../source.ts';
import { S3ObjectCache } from './s3-object-cache.ts';

/** Where objects are kept between pushes. */
export interface CacheBucket {
  readonly s3: S3Client;
  readonly bucket: string;
  /** A name that was never used before: letters, digits and `-`. */
  readonly randomName: () => string;
}

/**
 * The cache of one repository, for git and for its packs read without git. Trees and clones are kept apart: one has no history,
 * and the other nothing but what a clone may hold.
 */
export function openCache(
  { log, signal }: Pick<FetchPorts, 'log' | 'signal'>,
  { s3, bucket, randomName }: CacheBucket,
  {
    gitUrl: { host, port, repositoryPath },
    outputArtifactFormat,
  }: Pick<SourceRequest, 'gitUrl' | 'outputArtifactFormat'>,
): S3ObjectCache {
  const server = port === undefined ? host : `${host}:${port}`;
  const prefix = `${server}/${repositoryPath}/${outputArtifactFormat === 'FULL_CLONE' ? 'clone' : 'tree'}`;
  return new S3ObjectCache({ s3, bucket, prefix, log, signal, randomName });
}

/** What `packTree` takes; `undefined` where there is nothing, or it cannot be loaded. */
export async function loadKept(cache: S3ObjectCache) {
  const dropped = (reason: unknown) => cache.dropped(reason instanceof Error ? reason.message : String(reason));
  try {
    const kept: KeptObjects | undefined = await cache.load();
    return kept && { ...kept, dropped };
  } catch (error) {
    dropped(error);
    return undefined;
  }
}
