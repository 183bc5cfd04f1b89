import { CodedError, type Fault } from '@gitsource/events';

/** Every code of this package and whose move it is. */
const FAULTS = {
  'providers/payload-not-json': 'failed',
  'providers/payload-malformed': 'failed',
  'providers/host-missing': 'configuration',
  'providers/repository-path-invalid': 'configuration',
  'providers/app-key-invalid': 'configuration',
  'providers/archive-disabled': 'configuration',
  'providers/unauthorized': 'permission',
  'providers/repository-missing': 'permission',
  'providers/commit-missing': 'revision-missing',
  'providers/ref-not-commit': 'revision-missing',
  'providers/commit-not-on-ref': 'revision-moved',
  'providers/rate-limited': 'unavailable',
  'providers/unavailable': 'unavailable',
  'providers/archive-not-zip': 'failed',
  'providers/answer-unexpected': 'failed',
} as const satisfies Record<string, Fault>;

export type ProvidersErrorCode = keyof typeof FAULTS;

/** What a provider sends or answers cannot be used. Holds names, paths and statuses, never values, tokens or bodies. */
export class ProvidersError extends CodedError {
  declare readonly code: ProvidersErrorCode;
  /** Of `providers/rate-limited`, where the server said it: how long it asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ProvidersErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(code, message, { fault: FAULTS[code], cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
