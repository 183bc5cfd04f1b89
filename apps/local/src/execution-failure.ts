import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand } from '@aws-sdk/client-codebuild';
import type { Clients } from './clients.ts';
import type { WatchedExecution } from './watch-execution.ts';

export interface ExecutionFailure {
  /** CodePipeline's failure type: `PermissionError`, `JobFailed`, … */
  readonly type: string;
  readonly message: string;
  /** Last lines of the failed build, where the failed action was one. */
  readonly log: readonly string[];
}

const LOG_LINES = 15;

/** Why an execution did not succeed, from the action that failed in it. */
export async function failureOf(clients: Clients, { execution, actions }: WatchedExecution): Promise<ExecutionFailure> {
  const failed = actions.find((action) => action.status !== 'Succeeded' && action.status !== 'InProgress');
  const result = failed?.output?.executionResult;
  return {
    type: result?.errorDetails?.code ?? execution.status ?? 'Unknown',
    message:
      result?.errorDetails?.message ??
      result?.externalExecutionSummary ??
      execution.statusSummary ??
      'no reason was reported',
    log:
      failed?.input?.actionTypeId?.provider === 'CodeBuild' ? await buildLog(clients, result?.externalExecutionId) : [],
  };
}

async function buildLog({ codeBuild, logs }: Clients, buildId: string | undefined): Promise<string[]> {
  if (buildId === undefined) return [];
  const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids: [buildId] }));
  const { groupName, streamName } = builds[0]?.logs ?? {};
  if (groupName === undefined || streamName === undefined) return [];
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName: groupName, logStreamName: streamName, startFromHead: true }),
  );
  return events.slice(-LOG_LINES).map((event) => (event.message ?? '').trimEnd());
}
