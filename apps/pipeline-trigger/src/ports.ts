import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Log } from '@gitsource/runtime';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly log: Log;
}
