import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createLog } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

/** Throttling is waited out by the SDK, some seconds at most; Lambda's own retries come minutes later. */
const MAX_ATTEMPTS = 5;

export const handler = createHandler(
  {
    codePipeline: new CodePipelineClient({ maxAttempts: MAX_ATTEMPTS }),
    sqs: new SQSClient({ maxAttempts: MAX_ATTEMPTS }),
    log: createLog(),
  },
  readConfig(process.env),
);
