import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createLog, readConnectionVersions } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createConnectionCache } from './connection-cache.ts';
import { createHandler } from './handler.ts';

/** A sender waits 5 to 10 seconds for its answer. */
const MAX_ATTEMPTS = 3;

const config = readConfig(process.env);
const secretsManager = new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS });

export const handler = createHandler(
  {
    eventBridge: new EventBridgeClient({ maxAttempts: MAX_ATTEMPTS }),
    connections: createConnectionCache(
      (name) => readConnectionVersions(secretsManager, `${config.secretPrefix}${name}`),
      Date.now,
    ),
    log: createLog(),
    now: Date.now,
    sleep,
    random: Math.random,
  },
  config,
);
