import { type CodePipelineClient, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import { type CommitSha, cutCharacters } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import { EMPTY_MESSAGE, MAX_EXTERNAL_EXECUTION_ID_CHARACTERS, MAX_SUMMARY_CHARACTERS } from './limits.ts';

/** `already-finished`: the job had its result, was stopped or timed out; nothing more can or need be done. */
export type PutResult = 'put' | 'already-finished';

export interface JobSuccess {
  readonly revision: CommitSha;
  /** The commit's subject; empty becomes {@link EMPTY_MESSAGE}, a long one is cut. */
  readonly revisionSummary: string;
  /** When the revision was made; an invalid date, of a commit that says none, is left out. */
  readonly created?: Date;
  /** What CodePipeline shows of the action. */
  readonly summary: string;
  /** Build ID; the action type's URL template makes a link of it. */
  readonly externalExecutionId?: string;
  /** See `outputVariables`. */
  readonly outputVariables?: Readonly<Record<string, string>>;
}

/** Ends a job well. Throws `job-protocol/aws-*`. */
export async function putJobSuccess(
  codePipeline: Pick<CodePipelineClient, 'send'>,
  jobId: string,
  success: JobSuccess,
): Promise<PutResult> {
  const { revision, created, externalExecutionId, outputVariables } = success;
  const command = new PutJobSuccessResultCommand({
    jobId,
    currentRevision: {
      revision,
      changeIdentifier: revision,
      revisionSummary: summaryText(success.revisionSummary),
      // The SDK writes what is not JSON for it.
      ...(created !== undefined && !Number.isNaN(created.getTime()) && { created }),
    },
    executionDetails: {
      summary: summaryText(success.summary),
      percentComplete: 100,
      ...(externalExecutionId !== undefined && {
        externalExecutionId: externalExecutionId.slice(0, MAX_EXTERNAL_EXECUTION_ID_CHARACTERS),
      }),
    },
    ...(outputVariables !== undefined && { outputVariables: { ...outputVariables } }),
  });
  try {
    await codePipeline.send(command);
    return 'put';
  } catch (error) {
    if (readAwsFailure(error)?.name === 'InvalidJobStateException') return 'already-finished';
    throw awsCallError(`PutJobSuccessResult of ${jobId}`, error);
  }
}

function summaryText(text: string): string {
  return cutCharacters(text.trim() === '' ? EMPTY_MESSAGE : text, MAX_SUMMARY_CHARACTERS);
}
