import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

/** Every code of this package and whose move it is. */
const FAULTS = {
  'ssh-key-pair/event-invalid': 'configuration',
  'ssh-key-pair/request-invalid': 'configuration',
  'ssh-key-pair/properties-invalid': 'configuration',
  'ssh-key-pair/secret-not-owned': 'configuration',
  'ssh-key-pair/secret-being-deleted': 'configuration',
  'ssh-key-pair/secret-denied': 'permission',
  'ssh-key-pair/secret-refused': 'failed',
  'ssh-key-pair/secret-unavailable': 'unavailable',
  'ssh-key-pair/timed-out': 'unavailable',
  'ssh-key-pair/unexpected': 'failed',
} as const satisfies Record<string, Fault>;

export type SshKeyPairErrorCode = keyof typeof FAULTS;

/** A key pair could not be made, kept or deleted. Holds names, never a key. */
export class SshKeyPairError extends CodedError {
  declare readonly code: SshKeyPairErrorCode;

  constructor(code: SshKeyPairErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}
