import type { SourceMetadata } from '@gitsource/artifact';
import { BoundedMap, readOnce } from './bounded-map.ts';
import { commitOfSource } from './commit-of-source.ts';
import type { ConnectionDirectory } from './connection-directory.ts';
import type { Ports } from './ports.ts';
import { readActions } from './read-actions.ts';
import { type Declaration, type DeclaredSource, readDeclaration } from './read-declaration.ts';
import { readStartedFor, type StartedFor } from './read-execution.ts';
import { readObjectSource } from './read-object-source.ts';
import type { Run } from './read-runs.ts';
import type { ShownCommit, SourceCommit } from './source-commit.ts';

/** As much of a run as says what it builds. */
export interface BuiltRun extends Pick<Run, 'executionId' | 'revisions'> {
  readonly pipelineName: string;
  readonly declaration: Declaration;
}

const MAX_PIPELINES = 200;
const MAX_EXECUTIONS = 500;

type Kept<Value> = BoundedMap<Promise<Value | undefined>>;
type Configuration = Readonly<Record<string, string>>;

/**
 * Reads what never changes about pipelines' versions, executions and objects, once for each instance of the function.
 * All of it throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`.
 */
export class SourceReader {
  readonly #ports: Ports;
  readonly #directory: ConnectionDirectory;
  readonly #declarations: Kept<Declaration> = new BoundedMap(MAX_PIPELINES);
  readonly #started: Kept<StartedFor> = new BoundedMap(MAX_EXECUTIONS);
  readonly #configurations: Kept<Configuration> = new BoundedMap(MAX_EXECUTIONS);
  readonly #objects: Kept<SourceMetadata> = new BoundedMap(MAX_EXECUTIONS);

  constructor(ports: Ports, directory: ConnectionDirectory) {
    this.#ports = ports;
    this.#directory = directory;
  }

  /** `undefined` where the pipeline is gone. */
  async declarationOf(pipelineName: string, version: number | undefined): Promise<Declaration | undefined> {
    const read = async () => {
      const declaration = await readDeclaration(this.#ports, pipelineName, version);
      const sources = declaration?.otherSources ?? [];
      if (sources.length > 0) this.#ports.log.info('sources without a status', { pipelineName, sources });
      return declaration;
    };
    // Without a version it is the newest one, which changes.
    return version === undefined ? read() : readOnce(this.#declarations, `${pipelineName} ${version}`, read);
  }

  /** The commits that a run is of and that can be shown; none where no source has succeeded and none is pinned. */
  async commitsOf(run: BuiltRun): Promise<ShownCommit[]> {
    const found = await Promise.all(run.declaration.sources.map((source) => this.#shownCommit(run, source)));
    return found.filter((commit) => commit !== undefined);
  }

  async #shownCommit(run: BuiltRun, source: DeclaredSource): Promise<ShownCommit | undefined> {
    const { executionId, pipelineName, revisions } = run;
    const { actionName } = source;
    const fields = { pipelineName, executionId, actionName };
    const commit = await this.#commitOf(run, source);
    if (commit === undefined) {
      if (revisions.has(actionName)) this.#ports.log.info('the source tells no commit to show on', fields);
      return undefined;
    }
    const { repository, sha } = commit;
    const found = await this.#directory.find(repository);
    if (found !== undefined) return { ...commit, ...found };
    this.#ports.log.info('no connection serves the repository, so nothing is shown', { ...fields, repository, sha });
    return undefined;
  }

  async #commitOf(run: BuiltRun, source: DeclaredSource): Promise<SourceCommit | undefined> {
    const { declaration, executionId, pipelineName, revisions } = run;
    const { actionName, kind, varies } = source;
    const revision = revisions.get(actionName);
    if (revision === undefined && kind !== 'custom') return undefined;
    const configuration = varies ? await this.#configurationOf(run, actionName) : source.configuration;
    if (configuration === undefined) return undefined;
    const readStarted = () => readStartedFor(this.#ports, pipelineName, executionId);
    return commitOfSource({
      actionName,
      kind,
      configuration,
      revision,
      startedFor: async () =>
        declaration.hasVariables ? readOnce(this.#started, executionId, readStarted) : undefined,
      objectSource: (version) =>
        readOnce(this.#objects, JSON.stringify(version), () => readObjectSource(this.#ports, version)),
    });
  }

  /** With the values of the execution: variables filled in, and the object that was taken instead of the configured one. */
  #configurationOf({ executionId, pipelineName }: BuiltRun, actionName: string): Promise<Configuration | undefined> {
    return readOnce(this.#configurations, `${executionId} ${actionName}`, async () => {
      const actions = await readActions(this.#ports, pipelineName, executionId);
      const action = actions.find((candidate) => candidate.actionName === actionName);
      const { resolvedConfiguration } = action?.input ?? {};
      const { ObjectKey } = action?.output?.outputVariables ?? {};
      return resolvedConfiguration && { ...resolvedConfiguration, ...(ObjectKey && { S3ObjectKey: ObjectKey }) };
    });
  }
}
