import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type SourceCloneErrorCode = 'source-clone/interrupted';

/** A build that cannot do its work. */
export class SourceCloneError extends CodedError {
  declare readonly code: SourceCloneErrorCode;

  constructor(code: SourceCloneErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
