import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { findArchive } from '@gitsource/providers/archives';
import { createLog } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const MAX_ATTEMPTS = 5;

export const handler = createHandler(
  {
    s3: new S3Client({ maxAttempts: MAX_ATTEMPTS }),
    secretsManager: new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS }),
    sqs: new SQSClient({ maxAttempts: MAX_ATTEMPTS }),
    findArchive,
    log: createLog(),
  },
  readConfig(process.env),
);
