import { setTimeout as sleep } from 'node:timers/promises';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createLog } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

/** Throttling is waited out by the SDK, some seconds at most; nothing else here waits. */
const MAX_ATTEMPTS = 5;
const clientOptions = { maxAttempts: MAX_ATTEMPTS };

export const handler = createHandler(
  {
    codePipeline: new CodePipelineClient(clientOptions),
    codeBuild: new CodeBuildClient(clientOptions),
    lambda: new LambdaClient(clientOptions),
    ssm: new SSMClient(clientOptions),
    log: createLog(),
    sleep,
    random: Math.random,
    now: Date.now,
  },
  readConfig(process.env),
);
