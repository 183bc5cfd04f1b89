import type { ActionState } from '@aws-sdk/client-codepipeline';
import { branchUrl } from './connection-urls.ts';
import type { ActionDeclaration } from './declaration.ts';
import type { ActionRunRecord, StageRun } from './records.ts';
import type { Context } from './store.ts';
import { actionUrl } from './url-templates.ts';

/** One action of GetPipelineState, as the latest execution in its stage left it. */
export function actionState(context: Context, action: ActionDeclaration, stageRun: StageRun | undefined): ActionState {
  const run = context.store.actionRuns.get(stageRun?.actions[action.name] ?? '');
  const like = run ?? { typeId: action.actionTypeId, resolvedConfiguration: action.configuration ?? {} };
  const entityUrl = actionUrl(context, like, 'entityUrlTemplate') ?? connectedBranchUrl(context, like);
  const revisionUrl = actionUrl(context, like, 'revisionUrlTemplate', run?.externalExecutionId) ?? run?.revision?.url;
  return {
    actionName: action.name,
    ...(run?.revision === undefined
      ? {}
      : {
          currentRevision: {
            revisionId: run.revision.revisionId,
            revisionChangeId: run.revision.changeId ?? '',
            created: new Date(run.revision.created ?? run.lastUpdateTime),
          },
        }),
    ...(run === undefined ? {} : { latestExecution: latestExecution(run) }),
    ...(entityUrl === undefined ? {} : { entityUrl }),
    ...(revisionUrl === undefined ? {} : { revisionUrl }),
  };
}

function connectedBranchUrl(
  { cloud }: Context,
  { typeId, resolvedConfiguration }: Pick<ActionRunRecord, 'typeId' | 'resolvedConfiguration'>,
): string | undefined {
  if (typeId.owner !== 'AWS' || typeId.provider !== 'CodeStarSourceConnection') return undefined;
  const { ConnectionArn = '', FullRepositoryId = '', BranchName = '' } = resolvedConfiguration;
  return branchUrl(cloud, { connectionArn: ConnectionArn, fullRepositoryId: FullRepositoryId }, BranchName);
}

function latestExecution(run: ActionRunRecord): NonNullable<ActionState['latestExecution']> {
  return {
    actionExecutionId: run.id,
    status: run.status,
    ...(run.summary === undefined ? {} : { summary: run.summary }),
    lastStatusChange: new Date(run.lastUpdateTime),
    ...(run.token === undefined || run.status !== 'InProgress' ? {} : { token: run.token }),
    ...(run.updatedBy === undefined ? {} : { lastUpdatedBy: run.updatedBy }),
    ...(run.externalExecutionId === undefined ? {} : { externalExecutionId: run.externalExecutionId }),
    ...(run.externalExecutionUrl === undefined ? {} : { externalExecutionUrl: run.externalExecutionUrl }),
    ...(run.percentComplete === undefined ? {} : { percentComplete: run.percentComplete }),
    ...(run.error === undefined ? {} : { errorDetails: run.error }),
  };
}
