import type { CommitSha } from './commit-sha.ts';
import type { Repository } from './repository.ts';

export type CommitStatusState = 'pending' | 'running' | 'success' | 'failure' | 'cancelled';

/** What a provider shows beside a commit; each provider's folder maps the states and cuts the texts. */
export interface CommitStatus {
  readonly repository: Repository;
  readonly sha: CommitSha;
  readonly state: CommitStatusState;
  /** Identifies the status on its commit: the same context overwrites. */
  readonly context: string;
  readonly description: string;
  readonly targetUrl?: string;
}
