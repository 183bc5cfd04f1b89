import { type FetchedCommit, fetchCommit, type ObjectCache } from '@gitsource/git';
import {
  type FetchPorts,
  gitCredentials,
  type OtherWay,
  openCache,
  type SourceRequest,
  tellFetched,
  tellFetching,
} from '@gitsource/lanes';
import type { Connection } from '@gitsource/runtime';
import { zipCommit } from './zip-commit.ts';

/** The way of a build: the system's git fetches what a job or a push names. It throws what git and the use throw, all coded. */
export function gitWay(): OtherWay {
  return async (ports, request, { connection, why }, use) => {
    const { cacheBucket } = ports;
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
