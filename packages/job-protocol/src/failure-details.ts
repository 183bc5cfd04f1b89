import type { FailureType } from '@aws-sdk/client-codepipeline';
import { cutCharacters, type Fault } from '@gitsource/events';
import { redactText } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import { MAX_EXTERNAL_EXECUTION_ID_CHARACTERS, MAX_FAILURE_MESSAGE_CHARACTERS } from './limits.ts';

/** What CodePipeline shows of a failed action. */
export interface JobFailure {
  readonly type: FailureType;
  /** `[git/ref-missing] The repository … has no branch …` */
  readonly message: string;
  readonly externalExecutionId?: string;
}

const FAILURE_TYPES = {
  configuration: 'ConfigurationError',
  permission: 'PermissionError',
  'revision-missing': 'RevisionUnavailable',
  'revision-moved': 'RevisionOutOfSync',
  unavailable: 'SystemUnavailable',
  failed: 'JobFailed',
} as const satisfies Record<Fault, FailureType>;

/** Classifies any thrown value; errors of AWS SDK clients and unknown ones get a code of this package. */
export function failureDetails(error: unknown, externalExecutionId?: string): JobFailure {
  const { code, fault, message } = awsCallError('the job', error);
  return {
    type: FAILURE_TYPES[fault],
    message: cutCharacters(redactText(`[${code}] ${message}`), MAX_FAILURE_MESSAGE_CHARACTERS),
    ...(externalExecutionId !== undefined &&
      externalExecutionId !== '' && {
        externalExecutionId: externalExecutionId.slice(0, MAX_EXTERNAL_EXECUTION_ID_CHARACTERS),
      }),
  };
}
