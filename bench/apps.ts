import { join } from 'node:path';
import type { MeasuredApp } from './import-time.ts';

const APPS = join(import.meta.dirname, '..', 'apps');

/** What each Lambda imports of the SDK, and nothing else of it. */
export const LAMBDAS: readonly MeasuredApp[] = [
  {
    name: 'custom-action',
    folder: join(APPS, 'custom-action'),
    clients: `
      import { AcknowledgeJobCommand, CodePipelineClient, PollForJobsCommand, PutJobFailureResultCommand } from '@aws-sdk/client-codepipeline';
      import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
      const clients = [new CodePipelineClient({}), new CodeBuildClient({})];
      export const handler = () => [clients, AcknowledgeJobCommand, PollForJobsCommand, PutJobFailureResultCommand, StartBuildCommand];
    `,
    environment: { ACTION_PROVIDER: 'Git', ACTION_VERSION: '1', BUILD_PROJECT_NAME: 'source-clone' },
  },
];

/** The Lambdas between a delivery and a pipeline's start. */
export const WEBHOOK_LAMBDAS: readonly MeasuredApp[] = [
  {
    name: 'webhook-receiver',
    folder: join(APPS, 'webhook-receiver'),
    clients: `
      import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
      import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
      const clients = [new EventBridgeClient({}), new SecretsManagerClient({})];
      export const handler = () => [clients, PutEventsCommand, GetSecretValueCommand];
    `,
    environment: { EVENT_BUS_NAME: 'gitsource', SECRET_PREFIX: 'gitsource/' },
  },
  {
    name: 'pipeline-trigger',
    folder: join(APPS, 'pipeline-trigger'),
    clients: `
      import { CodePipelineClient, GetPipelineCommand, StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
      import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
      const clients = [new CodePipelineClient({}), new SQSClient({})];
      export const handler = () => [clients, GetPipelineCommand, StartPipelineExecutionCommand, SendMessageCommand];
    `,
    environment: { DEAD_LETTER_QUEUE_URL: 'https://sqs.example.com/1/q' },
  },
];

/** The Lambda that shows results. */
export const STATUS_LAMBDAS: readonly MeasuredApp[] = [
  {
    name: 'commit-status',
    folder: join(APPS, 'commit-status'),
    clients: `
      import { CodePipelineClient, GetPipelineCommand, GetPipelineExecutionCommand, ListActionExecutionsCommand, ListPipelineExecutionsCommand, ListTagsForResourceCommand } from '@aws-sdk/client-codepipeline';
      import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
      import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
      import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
      const clients = [new CodePipelineClient({}), new S3Client({}), new SecretsManagerClient({}), new SQSClient({})];
      export const handler = () => [clients, GetPipelineCommand, GetPipelineExecutionCommand, ListActionExecutionsCommand, ListPipelineExecutionsCommand, ListTagsForResourceCommand, HeadObjectCommand, GetSecretValueCommand, ListSecretsCommand, SendMessageCommand];
    `,
    environment: {
      SECRET_PREFIX: 'gitsource/',
      STAGE_STATUSES: 'false',
      DEAD_LETTER_QUEUE_URL: 'https://queue.example',
    },
  },
];
