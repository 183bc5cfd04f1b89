import type { CommitSha, CommitStatusState } from '@gitsource/events';
import type { ApiConnection, RepositoryQuery } from './repository-query.ts';

/** Shows a result beside a commit, over the provider's HTTP API. */
export interface Status {
  /** Whether `pending` and `running` look different there. Where they do not, one of them is enough. */
  showsRunning(connection: ApiConnection): boolean;
  /**
   * Publishes one state; the same context on the same commit replaces what stood there. Cuts texts to what the API takes.
   * Throws `providers/*` (`-commit-missing`, `-repository-missing`, `-unauthorized`, `-rate-limited`, `-unavailable`),
   * `runtime/api-*`.
   */
  publish(request: StatusRequest): Promise<StatusOutcome>;
}

export interface StatusRequest extends RepositoryQuery {
  readonly sha: CommitSha;
  readonly state: CommitStatusState;
  /** What the status is about: `codepipeline/app`. */
  readonly context: string;
  readonly description: string;
  /** Where a person reads more; http or https. */
  readonly targetUrl?: string | undefined;
  /** The full ref that was built, where it is known: GitLab may otherwise pick the pipeline of another branch. */
  readonly ref?: string | undefined;
}

/** `unchanged`: it stood there already. `full`: the provider keeps no more of them for this commit, ever. */
export type StatusOutcome = 'published' | 'unchanged' | 'full';
