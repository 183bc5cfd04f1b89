import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';

/** Every code of this package and whose move it is. */
const FAULTS = {
  'job-protocol/configuration-invalid': 'configuration',
  'job-protocol/action-type-missing': 'configuration',
  'job-protocol/job-missing': 'failed',
  'job-protocol/job-incomplete': 'failed',
  'job-protocol/aws-denied': 'permission',
  'job-protocol/aws-unavailable': 'unavailable',
  'job-protocol/aws-failed': 'failed',
  'job-protocol/unexpected': 'failed',
} as const satisfies Record<string, Fault>;

export type JobProtocolErrorCode = keyof typeof FAULTS;

/** A job, its configuration or a call about it is not what it must be. */
export class JobProtocolError extends CodedError {
  declare readonly code: JobProtocolErrorCode;

  constructor(code: JobProtocolErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}

/** The coded form of a failed AWS call; coded errors stay what they are. */
export function awsCallError(call: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const failure = readAwsFailure(error);
  if (failure === undefined) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new JobProtocolError('job-protocol/unexpected', `${call} failed unexpectedly (${reason}).`, {
      cause: error,
    });
  }
  const said = `${failure.name}: ${failure.message}`;
  switch (failure.fault) {
    case 'permission':
      return new JobProtocolError(
        'job-protocol/aws-denied',
        `AWS refused ${call} (${said}). Allow it in the role's policy.`,
        { cause: error },
      );
    case 'unavailable':
      return new JobProtocolError(
        'job-protocol/aws-unavailable',
        `AWS could not do ${call} now (${said}). Try again; raise the quota if it is a limit.`,
        { cause: error },
      );
    default:
      return new JobProtocolError('job-protocol/aws-failed', `AWS could not do ${call} (${said}).`, { cause: error });
  }
}
