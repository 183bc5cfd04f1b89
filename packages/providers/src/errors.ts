import { CodedError } from '@gitsource/events';

export type ProvidersErrorCode = 'providers/payload-not-json' | 'providers/payload-malformed';

/** A verified delivery whose body is not what its provider documents. Holds names of fields, never values. */
export class ProvidersError extends CodedError {
  declare readonly code: ProvidersErrorCode;

  constructor(code: ProvidersErrorCode, message: string, cause?: unknown) {
    super(code, message, { fault: 'failed', retryable: false, cause });
  }
}
