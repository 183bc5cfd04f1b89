import type { CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { Log } from '@gitsource/runtime';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly codePipeline: Pick<CodePipelineClient, 'send'>;
  readonly codeBuild: Pick<CodeBuildClient, 'send'>;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** From 0 to 1, to spread polls. */
  readonly random: () => number;
}

/** The only value that crosses into a build. */
export const JOB_ID_VARIABLE = 'CODEPIPELINE_JOB_ID';
