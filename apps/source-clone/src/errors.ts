import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type SourceCloneErrorCode =
  | 'source-clone/provider-without-archive'
  | 'source-clone/ref-missing'
  | 'source-clone/execution-denied'
  | 'source-clone/source-ref-invalid'
  | 'source-clone/push-invalid'
  | 'source-clone/interrupted';

/** A job or a push that this program cannot do. */
export class SourceCloneError extends CodedError {
  declare readonly code: SourceCloneErrorCode;

  constructor(code: SourceCloneErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
