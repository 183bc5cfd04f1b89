import { setTimeout as delay } from 'node:timers/promises';
import { type CodePipelineClient, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { LocalError } from './errors.ts';

const POLL_MS = 20;
/** A start that takes longer than this is lost. */
const START_TIMEOUT_MS = 15_000;

/** Waits for an execution that is not among `known`; throws `local/not-started`. */
export async function nextExecution(
  client: CodePipelineClient,
  pipelineName: string,
  known: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    signal.throwIfAborted();
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    const fresh = pipelineExecutionSummaries.find(
      ({ pipelineExecutionId: id }) => id !== undefined && !known.includes(id),
    );
    if (fresh?.pipelineExecutionId !== undefined) return fresh.pipelineExecutionId;
    await delay(POLL_MS);
  }
  throw new LocalError(
    'local/not-started',
    `pipeline ${pipelineName} did not start within ${START_TIMEOUT_MS / 1000} s of the push: look for PutWebhook and StartPipelineExecution in the call log`,
    { fault: 'failed' },
  );
}
