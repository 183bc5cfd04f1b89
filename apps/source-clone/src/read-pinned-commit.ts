import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { awsCallError, type JobDetails } from '@gitsource/job-protocol';
import { readAwsFailure } from '@gitsource/runtime';
import { SourceCloneError } from './errors.ts';
import type { Ports } from './ports.ts';

/** The pipeline variable that pins an execution to one commit. */
export const PINNED_COMMIT_VARIABLE = 'SourceCommit';
/** A pipeline variable cannot be empty, so a default must say "none" in some way. */
const NO_COMMIT = /^(?:|-|latest|none)$/i;

/**
 * The commit this execution is pinned to; `undefined` for the newest one.
 * Throws `source-clone/execution-denied`, `events/commit-sha-invalid`, `job-protocol/aws-*`.
 */
export async function readPinnedCommit(
  { codePipeline }: Pick<Ports, 'codePipeline'>,
  { pipelineName, executionId }: Pick<JobDetails, 'pipelineName' | 'executionId'>,
): Promise<CommitSha | undefined> {
  if (pipelineName === undefined || executionId === undefined) return undefined;
  const variables = await readVariables(codePipeline, pipelineName, executionId);
  const value = variables.find(({ name }) => name === PINNED_COMMIT_VARIABLE)?.resolvedValue?.trim() ?? '';
  return NO_COMMIT.test(value) ? undefined : parseCommitSha(value);
}

async function readVariables(codePipeline: Ports['codePipeline'], pipelineName: string, pipelineExecutionId: string) {
  try {
    const command = new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId });
    const { pipelineExecution } = await codePipeline.send(command);
    return pipelineExecution?.variables ?? [];
  } catch (error) {
    if (readAwsFailure(error)?.fault !== 'permission') throw awsCallError('GetPipelineExecution', error);
    throw new SourceCloneError(
      'source-clone/execution-denied',
      'permission',
      `The build may not read the variables of pipeline ${pipelineName}. Allow the build's role codepipeline:GetPipelineExecution on it.`,
      { cause: error },
    );
  }
}
