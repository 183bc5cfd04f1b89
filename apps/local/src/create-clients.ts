import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ClientSettings, Clients } from './clients.ts';

export function createClients(settings: ClientSettings): Clients {
  return {
    cloudFormation: new CloudFormationClient(settings),
    codeBuild: new CodeBuildClient(settings),
    codePipeline: new CodePipelineClient(settings),
    logs: new CloudWatchLogsClient(settings),
    s3: new S3Client(settings),
    secretsManager: new SecretsManagerClient(settings),
  };
}
