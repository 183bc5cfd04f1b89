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
