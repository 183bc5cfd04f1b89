import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type LanesErrorCode =
  | 'lanes/provider-without-archive'
  | 'lanes/ref-missing'
  | 'lanes/execution-denied'
  | 'lanes/source-ref-invalid'
  | 'lanes/push-invalid'
  | 'lanes/build-project-missing'
  | 'lanes/build-not-started';

/** A job or a push that no lane can do. */
export class LanesError extends CodedError {
  declare readonly code: LanesErrorCode;

  constructor(code: LanesErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
