import type { CommitSha, GitUrl } from '@gitsource/events';
import { type FetchedCommit, fetchCommit, type ObjectCache } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import type { Connection } from '@gitsource/runtime';
import { gitCredentials } from './git-credentials.ts';
import type { Ports } from './ports.ts';

/** What to fetch, and as what. */
export interface SourceRequest extends ActionConfiguration {
  /** Default: the newest of `ref`. */
  readonly pinnedCommit?: CommitSha;
  /** Where git connects to, if not to `gitUrl`, which is what the connection has to serve. */
  readonly remote?: GitUrl;
  readonly cache?: ObjectCache;
}

/** Says what is fetched, in which way, and why so: `by git: GitUrl is of SSH`. */
export function tellFetching(
  { log }: Pick<Ports, 'log'>,
  { gitUrl, remote = gitUrl, ref, pinnedCommit }: Pick<SourceRequest, 'gitUrl' | 'remote' | 'ref' | 'pinnedCommit'>,
  way: string,
): void {
  const pin = pinnedCommit === undefined ? '' : `, pinned to ${pinnedCommit}`;
  log.line(`Fetching ${ref.text} of ${remote.text}${pin}, ${way}`);
}

/** Fetches the commit that a job or a push names by the system's git. Throws what it throws, all coded. */
export async function fetchSource(
  ports: Ports,
  request: Omit<SourceRequest, 'fetchMethod'>,
  connection: Connection | undefined,
  why: string,
): Promise<FetchedCommit> {
  const {
    gitUrl,
    remote = gitUrl,
    ref,
    pinnedCommit,
    outputArtifactFormat,
    submodules,
    gitLfs,
    paths,
    cache,
  } = request;
  tellFetching(ports, request, `by git: ${why}`);
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
    tellFetched,
  );
}

/** `Fetched 6f1c… from refs/heads/main: subject` */
export function tellFetched({ commit, refName }: Pick<FetchedCommit, 'commit' | 'refName'>): string {
  return `Fetched ${commit.sha} from ${refName}: ${commit.subject}`;
}
