import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { StepLog } from './step-log.ts';

/** Everything outside this program that fetching touches. */
export interface Ports {
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly log: StepLog;
  /** Handed to git, which takes PATH, TMPDIR and the proxy variables from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An empty folder of this run. */
  readonly workFolder: string;
  /** Aborted when the build is stopped. */
  readonly signal: AbortSignal;
}

/** A job brings the credentials of its upload. */
export interface JobPorts extends Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A push is uploaded by the build's own role. */
export interface PushPorts extends Ports {
  readonly s3: S3Client;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** Ends early when the build is stopped. */
  readonly pause: (ms: number) => Promise<void>;
  /** A name that was never used before: letters, digits and `-`. */
  readonly randomName: () => string;
}
