import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type CustomActionErrorCode =
  | 'custom-action/fetch-not-started'
  | 'custom-action/fetch-timed-out'
  | 'custom-action/fetch-out-of-memory'
  | 'custom-action/fetch-failed'
  | 'custom-action/build-failed'
  | 'custom-action/build-stopped'
  | 'custom-action/build-timed-out'
  | 'custom-action/build-fault'
  | 'custom-action/build-without-result';

/** What works on a job could not start, or ended without a result for it. */
export class CustomActionError extends CodedError {
  declare readonly code: CustomActionErrorCode;

  constructor(code: CustomActionErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
