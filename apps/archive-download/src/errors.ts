import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

/** Every code of this app and whose move it is. */
const FAULTS = {
  'archive-download/provider-without-archive': 'configuration',
  'archive-download/repository-not-served': 'permission',
  'archive-download/timed-out': 'unavailable',
} as const satisfies Record<string, Fault>;

export type ArchiveDownloadErrorCode = keyof typeof FAULTS;

/** An event whose commit did not reach the bucket. */
export class ArchiveDownloadError extends CodedError {
  declare readonly code: ArchiveDownloadErrorCode;

  constructor(code: ArchiveDownloadErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}
