import { setTimeout as sleep } from 'node:timers/promises';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { findStatus } from '@gitsource/providers/statuses';
import { createLog } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const MAX_ATTEMPTS = 5;

export const handler = createHandler(
  {
    codePipeline: new CodePipelineClient({ maxAttempts: MAX_ATTEMPTS }),
    s3: new S3Client({ maxAttempts: MAX_ATTEMPTS }),
    secretsManager: new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS }),
    sqs: new SQSClient({ maxAttempts: MAX_ATTEMPTS }),
    findStatus,
    log: createLog(),
    now: Date.now,
    sleep: (ms, signal) =>
      sleep(ms, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      }),
  },
  readConfig(process.env),
);
