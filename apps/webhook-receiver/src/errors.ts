import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';

export type WebhookReceiverErrorCode = 'webhook-receiver/provider-unknown' | 'webhook-receiver/events-not-put';

/** A verified delivery that could not become events. The sender gets a 500 and may deliver again. */
export class WebhookReceiverError extends CodedError {
  declare readonly code: WebhookReceiverErrorCode;

  constructor(code: WebhookReceiverErrorCode, fault: Fault, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { ...options, fault });
  }
}
