import type { SourceMetadata } from '@gitsource/artifact';
import { BoundedMap, readOnce } from './bounded-map.ts';
import { commitOfSource } from './commit-of-source.ts';
import type { ConnectionDirectory } from './connection-directory.ts';
import type { Ports } from './ports.ts';
import { readActions } from './read-actions.ts';
import { type Declaration, type DeclaredSource, readDeclaration } from './read-declaration.ts';
import { readStartedFor, type StartedFor } from './read-execution.ts';
import { type ObjectVersion, readObjectSource } from './read-object-source.ts';
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

type Configuration = Readonly<Record<string, string>>;

/** All of it throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`. */
export function createSourceReader(ports: Ports, directory: ConnectionDirectory): SourceReader {
  const declarations = new BoundedMap<Promise<Declaration | undefined>>(MAX_PIPELINES);
  const started = new BoundedMap<Promise<StartedFor | undefined>>(MAX_EXECUTIONS);
  const configurations = new BoundedMap<Promise<Configuration | undefined>>(MAX_EXECUTIONS);
  const objects = new BoundedMap<Promise<SourceMetadata | undefined>>(MAX_EXECUTIONS);

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
    source: DeclaredSource,
    { executionId, revisions }: BuiltRun,
  ): Promise<SourceCommit | undefined> {
    const { actionName, kind } = source;
    const revision = revisions.get(actionName);
    if (revision === undefined && kind !== 'custom') return undefined;
    const configuration = source.varies
      ? await configurationOf(pipelineName, executionId, actionName)
      : source.configuration;
    if (configuration === undefined) return undefined;
    return commitOfSource({
      actionName,
      kind,
      configuration,
      revision,
      startedFor: async () =>
        hasVariables
          ? readOnce(started, executionId, () => readStartedFor(ports, pipelineName, executionId))
          : undefined,
      objectSource: (version: ObjectVersion) =>
        readOnce(objects, JSON.stringify(version), () => readObjectSource(ports, version)),
    });
  }

  /** With the values of the execution: variables filled in, and the object that was taken instead of the configured one. */
  function configurationOf(
    pipelineName: string,
    executionId: string,
    actionName: string,
  ): Promise<Configuration | undefined> {
    return readOnce(configurations, `${executionId} ${actionName}`, async () => {
      const actions = await readActions(ports, pipelineName, executionId);
      const action = actions.find((candidate) => candidate.actionName === actionName);
      const { resolvedConfiguration } = action?.input ?? {};
      const { ObjectKey } = action?.output?.outputVariables ?? {};
      return resolvedConfiguration && { ...resolvedConfiguration, ...(ObjectKey && { S3ObjectKey: ObjectKey }) };
    });
  }

  return { declarationOf, commitsOf };
}
