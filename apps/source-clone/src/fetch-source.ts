import type { CommitSha, GitUrl } from '@gitsource/events';
import { type FetchedCommit, fetchCommit, type ObjectCache } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import { assertConnectionServes } from '@gitsource/runtime';
import { gitCredentials } from './git-credentials.ts';
import type { Ports } from './ports.ts';
import { readSourceConnection } from './read-source-connection.ts';

/** What to fetch, and as what. */
export interface SourceRequest extends Omit<ActionConfiguration, 'fetchMethod'> {
  /** Default: the newest of `ref`. */
  readonly pinnedCommit?: CommitSha;
  /** Where git connects to, if not to `gitUrl`, which is what the connection has to serve. */
  readonly remote?: GitUrl;
  /** What the connection has to allow, if not the path of `gitUrl`. */
  readonly repositoryPath?: string;
  readonly cache?: ObjectCache;
}

/** Fetches the commit that a job or a push names. Throws what its parts throw, all coded. */
export async function fetchSource(ports: Ports, request: SourceRequest): Promise<FetchedCommit> {
  const {
    gitUrl,
    credentialsSecret,
    remote = gitUrl,
    repositoryPath,
    ref,
    pinnedCommit,
    outputArtifactFormat,
    submodules,
    gitLfs,
    paths,
    cache,
  } = request;
  const connection = await readSourceConnection(ports, credentialsSecret);
  if (connection !== undefined) assertConnectionServes(connection, gitUrl, repositoryPath);
  const pin = pinnedCommit === undefined ? '' : `, pinned to ${pinnedCommit}`;
  ports.log.line(`Fetching ${ref.text} of ${remote.text}${pin}`);
  return ports.log.step(
    () =>
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
        workFolder: ports.workFolder,
        environment: ports.environment,
        signal: ports.signal,
      }),
    ({ commit, refName }) => `Fetched ${commit.sha} from ${refName}: ${commit.subject}`,
  );
}
