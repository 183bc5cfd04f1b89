import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Status } from '@gitsource/providers/statuses';
import type { Log } from '@gitsource/runtime';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  readonly s3: Pick<S3Client, 'send'>;
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly findStatus: (provider: string) => Promise<Status | undefined>;
  readonly log: Log;
  readonly now: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}
