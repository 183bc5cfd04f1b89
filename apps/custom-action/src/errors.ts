import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type CustomActionErrorCode =
  | 'custom-action/build-project-missing'
  | 'custom-action/build-not-started'
  | 'custom-action/build-failed'
  | 'custom-action/build-stopped'
  | 'custom-action/build-timed-out'
  | 'custom-action/build-fault'
  | 'custom-action/build-without-result';

/** A build could not start, or ended without a result for its job. */
export class CustomActionError extends CodedError {
  declare readonly code: CustomActionErrorCode;

  constructor(code: CustomActionErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
