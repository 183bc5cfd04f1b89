import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

/** Every code of this package and whose move it is. */
const FAULTS = {
  'runtime/environment-invalid': 'configuration',
  'runtime/secret-missing': 'configuration',
  'runtime/secret-denied': 'permission',
  'runtime/secret-unavailable': 'unavailable',
  'runtime/secret-not-a-key': 'configuration',
  'runtime/secret-shape-invalid': 'configuration',
  'runtime/http-event-invalid': 'configuration',
  'runtime/dead-letter-failed': 'unavailable',
  'runtime/connection-wrong-kind': 'configuration',
  'runtime/connection-other-host': 'permission',
  'runtime/connection-other-repository': 'permission',
  'runtime/api-outside-base': 'failed',
  'runtime/api-unreachable': 'unavailable',
  'runtime/api-certificate-untrusted': 'permission',
  'runtime/api-timeout': 'unavailable',
  'runtime/api-redirected': 'configuration',
  'runtime/proxy-refused': 'unavailable',
  'runtime/proxy-unauthorized': 'configuration',
  'runtime/api-answer-too-large': 'failed',
  'runtime/download-truncated': 'unavailable',
  'runtime/custom-resource-unanswered': 'unavailable',
} as const satisfies Record<string, Fault>;

export type RuntimeErrorCode = keyof typeof FAULTS;

/** The environment, a secret or a connection is not what it must be. Holds names, never values of secrets. */
export class RuntimeError extends CodedError {
  declare readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}
