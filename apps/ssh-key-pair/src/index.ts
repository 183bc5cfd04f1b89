import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createLog, putCustomResourceResponse } from '@gitsource/runtime';
import { createHandler } from './handler.ts';

/** Throttling is waited out by the SDK, some seconds at most. */
const MAX_ATTEMPTS = 5;

// Nothing is configured: a function that fails before its handler leaves a stack waiting for an hour.
export const handler = createHandler({
  secretsManager: new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS }),
  putResponse: putCustomResourceResponse,
  log: createLog(),
});
