import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Connection } from '@gitsource/runtime';
import type { CacheBucket } from './object-cache/open-cache.ts';
import type { OpenSsh } from './open-ssh.ts';
import type { Progress } from './progress.ts';
import type { SourceRequest, UseSource } from './source.ts';
import type { StepLog } from './step-log.ts';

/** Everything outside a lane that any way of fetching touches. */
export interface FetchPorts {
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly log: StepLog;
  /** The proxy variables, and for git PATH and TMPDIR. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An empty folder of this run. */
  readonly workFolder: string;
  /** Aborted when the lane has to end: by its build being stopped, or for a `HandOver`. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Absent: nothing is kept, and everything is fetched each time. */
  readonly cacheBucket?: CacheBucket;
}

/** Why a pack is not the way. */
export interface WhyNot {
  /** What is missing, for the log. */
  readonly why: string;
  /** What failed on the way there. */
  readonly cause?: unknown;
  /** It comes from the commit that was asked for, and says nothing of the repository. */
  readonly isOfPin?: boolean;
}

/**
 * What a lane does where neither the pack nor an archive is the way: git, in a build; in a function, the hand-over to a build.
 */
export type OtherWay = <T>(
  ports: FetchPorts,
  request: SourceRequest,
  found: WhyNot & { readonly connection: Connection | undefined },
  use: UseSource<T>,
) => Promise<T>;

export interface Ports extends FetchPorts {
  /** For the pack; git has its own. */
  readonly openSsh: OpenSsh;
  readonly otherWay: OtherWay;
}

/** A job brings the credentials of its upload. */
export interface JobPorts extends Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A push is uploaded by the lane's own role. */
export interface PushPorts extends Ports {
  readonly s3: S3Client;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** Ends early when the lane has to end. */
  readonly pause: (ms: number) => Promise<void>;
}
