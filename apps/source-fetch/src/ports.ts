import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Log } from '@gitsource/runtime';
import type { PutMetrics } from '@gitsource/runtime/metrics';

/** Everything outside this program that its verbs touch, of any invocation. */
export interface Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  readonly codeBuild: Pick<CodeBuildClient, 'send'>;
  readonly ssm: Pick<SSMClient, 'send'>;
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly s3: S3Client;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly log: Log;
  readonly putMetrics: PutMetrics;
  /** The proxy variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Names of what is kept in the cache: letters, digits and `-`, never the same. */
  readonly randomName: () => string;
  /** Resident bytes of this process. */
  readonly usedMemoryBytes: () => number;
}
