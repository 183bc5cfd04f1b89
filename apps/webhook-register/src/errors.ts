import { CodedError, type Fault } from '@gitsource/events';

/** Every code of this program and whose move it is. */
const FAULTS = {
  'webhook-register/registration-missing': 'configuration',
  'webhook-register/token-missing': 'configuration',
  'webhook-register/webhook-secret-missing': 'configuration',
  'webhook-register/other-host': 'permission',
  'webhook-register/other-repository': 'permission',
  'webhook-register/unauthorized': 'permission',
  'webhook-register/repository-not-found': 'permission',
  'webhook-register/refused': 'failed',
} as const satisfies Record<string, Fault>;

/** Why no webhook was registered. Holds names, never tokens or secrets. */
export class WebhookRegisterError extends CodedError {
  declare readonly code: keyof typeof FAULTS;

  constructor(code: keyof typeof FAULTS, message: string) {
    super(code, message, { fault: FAULTS[code] });
  }
}
