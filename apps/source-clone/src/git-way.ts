import type { S3Client } from '@aws-sdk/client-s3';
import { type FetchedCommit, fetchCommit, type ObjectCache } from '@gitsource/git';
import {
  type FetchPorts,
  gitCredentials,
  type OtherWay,
  type SourceRequest,
  tellFetched,
  tellFetching,
} from '@gitsource/lanes';
import type { Connection } from '@gitsource/runtime';
import { S3ObjectCache } from './object-cache/s3-object-cache.ts';
import { zipCommit } from './zip-commit.ts';

/** Where git's objects are kept between pushes. */
export interface CacheBucket {
  readonly s3: S3Client;
  readonly bucket: string;
  /** A name that was never used before: letters, digits and `-`. */
  readonly randomName: () => string;
}

/** The way of a build: the system's git fetches what a job or a push names. It throws what git and the use throw, all coded. */
export function gitWay(cacheBucket?: CacheBucket): OtherWay {
  return async (ports, request, { connection, why }, use) => {
    const cache = cacheBucket && openCache(ports, cacheBucket, request);
    tellFetching(ports, request, `by git: ${why}`);
    const fetched = await fetchByGit(ports, request, connection, cache);
    try {
      const result = await use({ ...fetched, zip: zipCommit(ports, fetched, request) });
      if (fetched.objects !== undefined) await cache?.keep(fetched.objects);
      return result;
    } finally {
      await fetched.dispose();
    }
  };
}

/** Fetches by the system's git, with a line of the log when it is done. */
export function fetchByGit(
  { log, workFolder, environment, signal }: Omit<FetchPorts, 'secretsManager'>,
  request: Omit<SourceRequest, 'fetchMethod'>,
  connection: Connection | undefined,
  cache?: ObjectCache,
): Promise<FetchedCommit> {
  const { gitUrl, remote = gitUrl, ref, pinnedCommit, outputArtifactFormat, submodules, gitLfs, paths } = request;
  const fetch = () =>
    fetchCommit({
      url: remote,
      ref,
      pinnedCommit,
      credentials: gitCredentials(connection, remote),
      history: outputArtifactFormat === 'FULL_CLONE' ? 'full' : 'commit',
      submodules,
      lfs: gitLfs,
      paths,
      cache,
      workFolder,
      environment,
      signal,
    });
  return log.step(fetch, tellFetched);
}

/** Trees and clones are kept apart: one has no history, and the other nothing but what a clone may hold. */
function openCache(
  { log, signal }: FetchPorts,
  { s3, bucket, randomName }: CacheBucket,
  { gitUrl: { host, port, repositoryPath }, outputArtifactFormat }: SourceRequest,
): S3ObjectCache {
  const server = port === undefined ? host : `${host}:${port}`;
  const prefix = `${server}/${repositoryPath}/${outputArtifactFormat === 'FULL_CLONE' ? 'clone' : 'tree'}`;
  return new S3ObjectCache({ s3, bucket, prefix, log, signal, randomName });
}
