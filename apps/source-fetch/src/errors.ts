import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type SourceFetchErrorCode = 'source-fetch/input-invalid' | 'source-fetch/build-lane-off';

/** An invocation that this function cannot do, and that nothing else does. */
export class SourceFetchError extends CodedError {
  declare readonly code: SourceFetchErrorCode;

  constructor(code: SourceFetchErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
