import { Logger } from '@aws-lambda-powertools/logger';
import { redactFields } from './redact.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * A static message and fields picked by name; never a whole event, job, response or environment.
 * error = our bug; warn = look weekly; info = one line per hop, and what a user configured wrong.
 */
export interface Log {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** JSON lines as CloudWatch Logs reads them. Name: `POWERTOOLS_SERVICE_NAME`. Level: `POWERTOOLS_LOG_LEVEL` or `AWS_LAMBDA_LOG_LEVEL`, default INFO. */
export function createLog(): Log {
  const logger = new Logger();
  return {
    debug: (message, fields = {}) => logger.debug(message, redactFields(fields)),
    info: (message, fields = {}) => logger.info(message, redactFields(fields)),
    warn: (message, fields = {}) => logger.warn(message, redactFields(fields)),
    error: (message, fields = {}) => logger.error(message, redactFields(fields)),
  };
}
