import { setTimeout as sleep } from 'node:timers/promises';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { createLog } from '@gitsource/runtime';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

/** Throttling is waited out by the SDK, some seconds at most; nothing else here waits. */
const MAX_ATTEMPTS = 5;

export const handler = createHandler(
  {
    codePipeline: new CodePipelineClient({ maxAttempts: MAX_ATTEMPTS }),
    codeBuild: new CodeBuildClient({ maxAttempts: MAX_ATTEMPTS }),
    log: createLog(),
    sleep,
    random: Math.random,
  },
  readConfig(process.env),
);
