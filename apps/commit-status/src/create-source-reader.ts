import { isCommitSha } from '@gitsource/events';
import { BoundedMap, readOnce } from './bounded-map.ts';
import type { ConnectionDirectory } from './connection-directory.ts';
import { refOfBranch, repositoryOfGitUrl } from './custom-source.ts';
import type { Ports } from './ports.ts';
import { type Declaration, type DeclaredSource, readDeclaration } from './read-declaration.ts';
import { readStartedFor, type StartedFor } from './read-execution.ts';
import type { Run } from './read-runs.ts';
import type { ShownCommit, SourceCommit } from './source-commit.ts';

/** As much of a run as says what it builds. */
export type BuiltRun = Pick<Run, 'executionId' | 'revisions'>;

/** Reads what never changes about pipelines' versions, executions and objects, once for each instance of the function. */
export interface SourceReader {
  /** `undefined` where the pipeline is gone. */
  readonly declarationOf: (pipelineName: string, version: number | undefined) => Promise<Declaration | undefined>;
  /** The commits that a run is of and that can be shown; none where no source has succeeded and none is pinned. */
  readonly commitsOf: (pipelineName: string, declaration: Declaration, run: BuiltRun) => Promise<ShownCommit[]>;
}

const MAX_PIPELINES = 200;
const MAX_EXECUTIONS = 500;

/** All of it throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`. */
export function createSourceReader(ports: Ports, directory: ConnectionDirectory): SourceReader {
  const declarations = new BoundedMap<Promise<Declaration | undefined>>(MAX_PIPELINES);
  const started = new BoundedMap<Promise<StartedFor | undefined>>(MAX_EXECUTIONS);

  async function declarationOf(pipelineName: string, version: number | undefined): Promise<Declaration | undefined> {
    const read = async () => {
      const declaration = await readDeclaration(ports, pipelineName, version);
      const sources = declaration?.otherSources ?? [];
      if (sources.length > 0) ports.log.info('sources without a status', { pipelineName, sources });
      return declaration;
    };
    // Without a version it is the newest one, which changes.
    return version === undefined ? read() : readOnce(declarations, `${pipelineName} ${version}`, read);
  }

  function startedFor(pipelineName: string, executionId: string): Promise<StartedFor | undefined> {
    return readOnce(started, executionId, () => readStartedFor(ports, pipelineName, executionId));
  }

  async function commitsOf(pipelineName: string, declaration: Declaration, run: BuiltRun): Promise<ShownCommit[]> {
    const found = await Promise.all(
      declaration.sources.map(async (source) => {
        const commit = await commitOf(pipelineName, declaration, source, run);
        if (commit === undefined) return [];
        const shower = await directory.find(commit.repository);
        if (shower !== undefined) return [{ ...commit, ...shower }];
        const { repository, sha } = commit;
        ports.log.info('no connection serves the repository, so nothing is shown', { pipelineName, repository, sha });
        return [];
      }),
    );
    return found.flat();
  }

  async function commitOf(
    pipelineName: string,
    { hasVariables }: Declaration,
    { actionName, configuration, kind }: DeclaredSource,
    { executionId, revisions }: BuiltRun,
  ): Promise<SourceCommit | undefined> {
    if (kind !== 'custom') return undefined;
    const repository = repositoryOfGitUrl(configuration.GitUrl ?? '');
    if (repository === undefined) return undefined;
    const startedBy = hasVariables ? await startedFor(pipelineName, executionId) : undefined;
    const ref = startedBy?.ref ?? refOfBranch(configuration.Branch);
    const revisionId = revisions.get(actionName)?.revisionId;
    const sha = revisionId ?? startedBy?.sha ?? '';
    if (!isCommitSha(sha)) return undefined;
    const isFetched = revisionId !== undefined;
    return { actionName, repository, sha, revisionId: sha, isFetched, ...(ref !== undefined && { ref }) };
  }

  return { declarationOf, commitsOf };
}
