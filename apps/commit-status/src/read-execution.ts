import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type CommitSha, isCommitSha } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';
import { COMMIT_VARIABLE, REF_VARIABLE } from './read-declaration.ts';

/** What an execution was started for; it never changes. */
export interface StartedFor {
  /** The commit it is pinned to. */
  readonly sha?: CommitSha;
  /** A full ref. */
  readonly ref?: string;
}

/**
 * Reads an execution's variables; `undefined` where there is no such execution.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function readStartedFor(
  { codePipeline }: Pick<Ports, 'codePipeline'>,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<StartedFor | undefined> {
  const command = new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId });
  const answer = await codePipeline.send(command).catch((error: unknown) => {
    if (/^Pipeline(?:Execution)?NotFoundException$/.test(readAwsFailure(error)?.name ?? '')) return undefined;
    throw awsCallError('codepipeline:GetPipelineExecution', pipelineName, error);
  });
  const { executionType, variables } = answer?.pipelineExecution ?? {};
  if (answer === undefined) return undefined;
  // It has the variables of the execution that it goes back to, and is no new result of that one's commit.
  if (executionType === 'ROLLBACK') return {};
  const textOf = (wanted: string) => variables?.find(({ name }) => name === wanted)?.resolvedValue?.trim() ?? '';
  const sha = textOf(COMMIT_VARIABLE).toLowerCase();
  const ref = textOf(REF_VARIABLE);
  // Other values, such as `-`, mean none.
  return { ...(isCommitSha(sha) && { sha }), ...(/^refs\/./.test(ref) && { ref }) };
}
