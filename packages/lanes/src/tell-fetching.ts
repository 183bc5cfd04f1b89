import type { Ports } from './ports.ts';
import type { Source, SourceRequest } from './source.ts';

/** Says what is fetched, in which way, and why so: `by git: GitLfs is "true"`. */
export function tellFetching(
  { log }: Pick<Ports, 'log'>,
  { gitUrl, remote = gitUrl, ref, pinnedCommit }: Pick<SourceRequest, 'gitUrl' | 'remote' | 'ref' | 'pinnedCommit'>,
  way: string,
): void {
  const pin = pinnedCommit === undefined ? '' : `, pinned to ${pinnedCommit}`;
  log.line(`Fetching ${ref.text} of ${remote.text}${pin}, ${way}`);
}

/** `Fetched 6f1c… from refs/heads/main: subject` */
export function tellFetched({ commit, refName }: Pick<Source, 'commit' | 'refName'>): string {
  return `Fetched ${commit.sha} from ${refName}: ${commit.subject}`;
}
