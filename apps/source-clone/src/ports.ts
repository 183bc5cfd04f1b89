import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { StepLog } from './step-log.ts';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  readonly log: StepLog;
  /** Handed to git, which takes PATH, TMPDIR and the proxy variables from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An empty folder of this run. */
  readonly workFolder: string;
  /** Aborted when the build is stopped. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
