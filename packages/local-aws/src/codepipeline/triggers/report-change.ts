import { operation } from '../../cloud/operation.ts';
import { type Service, ServiceError } from '../../cloud/service.ts';
import type { ActionDeclaration } from '../declaration.ts';
import type { Api } from '../operation.ts';
import type { PipelineRecord } from '../records.ts';
import { startChecked } from '../start-execution.ts';
import { matchTrigger } from './match-trigger.ts';
import { type FoundChange, findChange, type ReportedChange } from './repository-change.ts';

/** What CodeConnections hands to CodePipeline. */
export interface ChangeReport {
  readonly reported: ReportedChange;
  /** The bare repository. */
  readonly folder: string;
  /** ARNs of the connections that reach it and are AVAILABLE. */
  readonly connections: readonly string[];
}

export interface StartedExecution {
  readonly pipelineName: string;
  readonly pipelineExecutionId: string;
}

/** `ReportChange`: starts every pipeline that a change in a connected repository is to start, at the changed commit. */
export function changeOperations(api: Api): Service['operations'] {
  return {
    ReportChange: operation(
      () => [],
      async ({ reported, folder, connections }: ChangeReport): Promise<{ started: StartedExecution[] }> => {
        const found = await findChange(folder, reported);
        if (found === undefined) return { started: [] };
        const isConnected = ({ actionTypeId, configuration }: ActionDeclaration) =>
          actionTypeId.provider === 'CodeStarSourceConnection' &&
          configuration?.FullRepositoryId === reported.repository &&
          connections.includes(configuration.ConnectionArn ?? '');
        const started = [...api.store.pipelines.values()].flatMap((pipeline) => {
          const sources = pipeline.declaration.stages[0]?.actions.filter(isConnected) ?? [];
          return start(
            api,
            pipeline,
            found,
            sources.filter((source) => isWanted(pipeline, source, found)),
          );
        });
        return { started };
      },
    ),
  };
}

/** A trigger takes the place of the action's own detection of changes, which is for its branch only. */
function isWanted(
  { declaration }: PipelineRecord,
  source: ActionDeclaration,
  { change, branch }: FoundChange,
): boolean {
  const trigger = (declaration.triggers ?? []).find(
    ({ gitConfiguration }) => gitConfiguration?.sourceActionName === source.name,
  )?.gitConfiguration;
  const isFiltered = trigger?.push !== undefined || trigger?.pullRequest !== undefined;
  if (trigger !== undefined && isFiltered) return matchTrigger(trigger, change);
  const { BranchName, DetectChanges } = source.configuration ?? {};
  const detects = trigger !== undefined || DetectChanges?.toLowerCase() !== 'false';
  return detects && change.kind === 'branch' && branch === BranchName;
}

/**
 * One execution, pinned in every source that the change starts. AWS does not publish the trigger's detail; here it is the
 * connection. A pipeline that cannot start (too many executions, a variable without a value) starts nothing.
 */
function start(
  api: Api,
  pipeline: PipelineRecord,
  { commitId, branch }: FoundChange,
  sources: readonly ActionDeclaration[],
): StartedExecution[] {
  const [first] = sources;
  if (first === undefined) return [];
  const override = { type: 'COMMIT_ID', value: commitId, ...(branch === undefined ? {} : { branch }) };
  const overrides = Object.fromEntries(sources.map(({ name }) => [name, override]));
  const trigger = { type: 'WebhookV2', detail: first.configuration?.ConnectionArn ?? '' } as const;
  try {
    const { id } = startChecked(api, pipeline, { trigger, overrides });
    return [{ pipelineName: pipeline.declaration.name, pipelineExecutionId: id }];
  } catch (error) {
    if (error instanceof ServiceError) return [];
    throw error;
  }
}
