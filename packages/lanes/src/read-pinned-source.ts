import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type CommitSha, type GitRef, parseCommitSha, parseGitRef } from '@gitsource/events';
import { awsCallError, type JobDetails } from '@gitsource/job-protocol';
import { readAwsFailure } from '@gitsource/runtime';
import { LanesError } from './errors.ts';
import type { JobPorts } from './ports.ts';

/** The pipeline variables by which a start says what to build. */
export const COMMIT_VARIABLE = 'SourceCommit';
export const REF_VARIABLE = 'SourceRef';
/** A pipeline variable cannot be empty, so a default must say "none" in some way. */
const UNSET = /^(?:|-|default|latest|none)$/i;

/** What one execution was started for; what is absent is the newest commit, and the action's own Branch. */
export interface PinnedSource {
  readonly commit?: CommitSha;
  /** A full ref. */
  readonly ref?: GitRef;
}

/**
 * Reads what this execution is to build instead of the newest commit of the action's Branch. Throws
 * `lanes/execution-denied`, `lanes/source-ref-invalid`, `events/commit-sha-invalid`, `job-protocol/aws-*`.
 */
export async function readPinnedSource(
  { codePipeline }: Pick<JobPorts, 'codePipeline'>,
  { pipelineName, executionId }: Pick<JobDetails, 'pipelineName' | 'executionId'>,
): Promise<PinnedSource> {
  if (pipelineName === undefined || executionId === undefined) return {};
  const variables = await readVariables(codePipeline, pipelineName, executionId);
  const setValue = (wanted: string) => {
    const value = variables.find(({ name }) => name === wanted)?.resolvedValue?.trim() ?? '';
    return UNSET.test(value) ? undefined : value;
  };
  const commit = setValue(COMMIT_VARIABLE);
  const ref = setValue(REF_VARIABLE);
  return {
    ...(commit !== undefined && { commit: parseCommitSha(commit) }),
    ...(ref !== undefined && { ref: parseFullRef(ref) }),
  };
}

/** A branch and a tag may share a short name, so only a full ref says which one a start meant. */
function parseFullRef(text: string): GitRef {
  let cause: unknown;
  try {
    const ref = parseGitRef(text);
    if (ref.kind !== 'short') return ref;
  } catch (error) {
    cause = error;
  }
  const shown = JSON.stringify(text.slice(0, 200));
  throw new LanesError(
    'lanes/source-ref-invalid',
    'configuration',
    `The pipeline variable ${REF_VARIABLE} is ${shown}, which is not a full ref. Give "refs/heads/main" or "refs/tags/v1", or "-" for the Branch of the action.`,
    { cause },
  );
}

async function readVariables(
  codePipeline: JobPorts['codePipeline'],
  pipelineName: string,
  pipelineExecutionId: string,
) {
  try {
    const command = new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId });
    const { pipelineExecution } = await codePipeline.send(command);
    return pipelineExecution?.variables ?? [];
  } catch (error) {
    if (readAwsFailure(error)?.fault !== 'permission') throw awsCallError('GetPipelineExecution', error);
    throw new LanesError(
      'lanes/execution-denied',
      'permission',
      `The build may not read the variables of pipeline ${pipelineName}. Allow the build's role codepipeline:GetPipelineExecution on it.`,
      { cause: error },
    );
  }
}
