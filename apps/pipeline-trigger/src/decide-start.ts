import type { CommitSha, GitEvent } from '@gitsource/events';
import { matchWildcard, type Wildcard } from './wildcard.ts';

/** Which changes concern a pipeline: those that one of `includes` fits (all, where there is none) and none of `excludes`. */
export interface StartFilter {
  readonly includes: readonly Wildcard[];
  readonly excludes: readonly Wildcard[];
  /** Whether a pull request from another repository may start it: its author's code then runs with the build's role. */
  readonly allowForks: boolean;
}

export type SkipReason = 'deleted' | 'pull-request-closed' | 'fork' | 'skip-ci' | 'paths';

export type Decision =
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  /** `commit` is absent where the provider names it by an abbreviation only; then the ref's newest one is built. */
  | { readonly kind: 'start'; readonly commit?: CommitSha; readonly ref: string };

/** What an event means for a pipeline. A list of paths that is not complete may lack the very path that counts: it starts. */
export function decideStart(event: GitEvent, filter: StartFilter): Decision {
  const reason = skipReason(event, filter);
  if (reason !== undefined) return { kind: 'skip', reason };
  const commit = event.pullRequest === undefined ? event.after : (event.pullRequest.headSha ?? event.after);
  return { kind: 'start', ref: event.ref, ...(commit !== undefined && { commit }) };
}

function skipReason(event: GitEvent, filter: StartFilter): SkipReason | undefined {
  const action = event.pullRequest?.action;
  if (action === 'closed' || action === 'merged') return 'pull-request-closed';
  if (event.pullRequest?.fromFork === true && !filter.allowForks) return 'fork';
  if (event.deleted) return 'deleted';
  if (event.skipCi) return 'skip-ci';
  return event.changedPathsComplete && !concerns(event.changedPaths, filter) ? 'paths' : undefined;
}

function concerns(paths: readonly string[], { includes, excludes }: StartFilter): boolean {
  // Without a filter an empty commit starts too.
  if (includes.length === 0 && excludes.length === 0) return true;
  const fits = (patterns: readonly Wildcard[], path: string) =>
    patterns.some((pattern) => matchWildcard(pattern, path));
  return paths.some((path) => (includes.length === 0 || fits(includes, path)) && !fits(excludes, path));
}
