import { randomUUID } from 'node:crypto';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createLog } from '@gitsource/runtime';
import { createMetrics } from '@gitsource/runtime/metrics';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const MAX_ATTEMPTS = 5;
const clientOptions = { maxAttempts: MAX_ATTEMPTS };

export const handler = createHandler(
  {
    codePipeline: new CodePipelineClient(clientOptions),
    codeBuild: new CodeBuildClient(clientOptions),
    ssm: new SSMClient(clientOptions),
    secretsManager: new SecretsManagerClient(clientOptions),
    s3: new S3Client(clientOptions),
    sqs: new SQSClient(clientOptions),
    log: createLog(),
    putMetrics: createMetrics(),
    environment: process.env,
    now: Date.now,
    randomName: randomUUID,
    usedMemoryBytes: () => process.memoryUsage.rss(),
  },
  readConfig(process.env),
);
