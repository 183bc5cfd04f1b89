import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';

/** Every code of this app and whose move it is. */
const FAULTS = {
  'commit-status/access-denied': 'permission',
  'commit-status/aws-refused': 'failed',
  'commit-status/aws-unavailable': 'unavailable',
  'commit-status/unsettled': 'unavailable',
  'commit-status/timed-out': 'unavailable',
} as const satisfies Record<string, Fault>;

export type CommitStatusErrorCode = keyof typeof FAULTS;

/** An event whose result is not shown beside its commit; `retryable` tells whether the same event may yet. */
export class CommitStatusError extends CodedError {
  declare readonly code: CommitStatusErrorCode;

  constructor(code: CommitStatusErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}

/** The coded form of a failed call, `codepipeline:GetPipeline` on something; an error that no AWS client made stays what it is. */
export function awsCallError(action: string, subject: string, error: unknown): unknown {
  const failure = readAwsFailure(error);
  if (failure === undefined) return error;
  const said = `${failure.name}: ${failure.message}`;
  const coded = (code: CommitStatusErrorCode, message: string) =>
    new CommitStatusError(code, message, { cause: error });
  if (failure.fault === 'unavailable') {
    return coded('commit-status/aws-unavailable', `AWS could not do ${action} on ${subject} now (${said}).`);
  }
  if (failure.fault === 'permission') {
    const remedy = `Allow ${action} on it in the role of commit-status`;
    return coded('commit-status/access-denied', `AWS refused ${action} on ${subject} (${said}). ${remedy}.`);
  }
  return coded('commit-status/aws-refused', `AWS could not do ${action} on ${subject} (${said}).`);
}
