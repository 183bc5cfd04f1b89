import type { Declaration } from './read-declaration.ts';
import type { Run } from './read-runs.ts';
import { commitKey, type ShownCommit } from './source-commit.ts';
import type { BuiltRun, SourceReader } from './source-reader.ts';

/** The run whose result a commit shows. */
export interface Owner {
  readonly run: Run;
  readonly commit: ShownCommit;
}

/** Of each commit of a run, the newest run of it: the run itself, or one of `newer`, newest first. Rollbacks own nothing. */
export async function findOwners(
  reader: SourceReader,
  { declaration, newer, pipelineName, run }: Rivalry,
): Promise<{ readonly owners: readonly Owner[]; readonly isWhole: boolean }> {
  const built = ({ executionId, revisions }: Run): BuiltRun => ({ declaration, executionId, pipelineName, revisions });
  const commits = run.isRollback ? [] : await reader.commitsOf(built(run));
  const open = new Map(uniqueCommits(commits).map((commit) => [commitKey(commit), commit]));
  const owners: Owner[] = [];
  for (const rival of newer) {
    if (!mayRival(rival, commits, declaration)) continue;
    for (const commit of uniqueCommits(await reader.commitsOf(built(rival)))) {
      if (open.delete(commitKey(commit))) owners.push({ run: rival, commit });
    }
  }
  owners.push(...[...open.values()].map((commit) => ({ run, commit })));
  return { owners, isWhole: commits.length === declaration.sources.length };
}

/** A run, and those that started after it. */
export interface Rivalry {
  readonly pipelineName: string;
  readonly declaration: Declaration;
  readonly run: Run;
  readonly newer: readonly Run[];
}

/** By what the list of executions says, so that most of them need not be looked at. One that has no commit yet may be pinned to it. */
function mayRival(rival: Run, commits: readonly ShownCommit[], { hasVariables, sources }: Declaration): boolean {
  if (rival.isRollback || commits.length === 0) return false;
  if (hasVariables && rival.revisions.size < sources.length) return true;
  return [...rival.revisions.values()].some((revision) =>
    commits.some(({ revisionId }) => revisionId === revision.revisionId),
  );
}

/** Two source actions may be of one commit: fetched by one of them is fetched. */
export function uniqueCommits(commits: readonly ShownCommit[]): readonly ShownCommit[] {
  const byKey = new Map<string, ShownCommit>();
  for (const commit of commits) {
    const key = commitKey(commit);
    if (byKey.get(key)?.isFetched !== true) byKey.set(key, commit);
  }
  return [...byKey.values()];
}
