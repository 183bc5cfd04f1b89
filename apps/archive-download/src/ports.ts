import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Archive } from '@gitsource/providers/archives';
import type { Log } from '@gitsource/runtime';

/** As much of a provider's archives as a download needs. */
export type DownloadedArchive = Pick<Archive, 'resolveRef' | 'open'>;

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly s3: S3Client;
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly findArchive: (provider: string) => Promise<DownloadedArchive | undefined>;
  readonly log: Log;
}
