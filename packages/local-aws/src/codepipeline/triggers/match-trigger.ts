import type { GitConfiguration } from '@aws-sdk/client-codepipeline';
import { globExpression } from './glob.ts';

/** What happened in a repository, as far as triggers look at it. */
export type RepositoryChange =
  | { readonly kind: 'branch' | 'tag'; readonly name: string; readonly paths: readonly string[] }
  | {
      readonly kind: 'pull-request';
      readonly event: PullRequestEvent;
      readonly targetBranch: string;
      readonly paths: readonly string[];
    };

export const PULL_REQUEST_EVENTS = ['OPEN', 'UPDATED', 'CLOSED'] as const;
export type PullRequestEvent = (typeof PULL_REQUEST_EVENTS)[number];

/** A change of more files is not filtered by path: the trigger fires (second hand; AWS's guide does not say so). */
export const MAX_FILTERED_PATHS = 100;

/**
 * Whether a change fits a trigger: any of its filters, and of that filter every part.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
 */
export function matchTrigger({ push, pullRequest }: GitConfiguration, change: RepositoryChange): boolean {
  if (change.kind === 'pull-request') {
    return (pullRequest ?? []).some(
      ({ events, branches, filePaths }) =>
        (events === undefined || events.includes(change.event)) &&
        fits(branches, change.targetBranch) &&
        fitsAnyPath(filePaths, change.paths),
    );
  }
  return (push ?? []).some(({ branches, tags, filePaths }) => {
    if (change.kind === 'tag') return tags !== undefined && fits(tags, change.name);
    return tags === undefined && fits(branches, change.name) && fitsAnyPath(filePaths, change.paths);
  });
}

interface Criteria {
  readonly includes?: readonly string[] | undefined;
  readonly excludes?: readonly string[] | undefined;
}

function fitsAnyPath(criteria: Criteria | undefined, paths: readonly string[]): boolean {
  return criteria === undefined || paths.length > MAX_FILTERED_PATHS || paths.some((path) => fits(criteria, path));
}

/** What is both included and excluded is excluded; without includes everything else is in. */
function fits(criteria: Criteria | undefined, name: string): boolean {
  const listed = (patterns: readonly string[]) => patterns.some((pattern) => globExpression(pattern)?.test(name));
  if (listed(criteria?.excludes ?? [])) return false;
  return criteria?.includes === undefined || listed(criteria.includes);
}
