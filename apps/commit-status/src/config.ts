import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/commit-status.yaml` sets. */
export const envSpec = {
  SECRET_PREFIX: {
    kind: 'text',
    meaning: 'what the names of the connection secrets begin with',
    pattern: /^[A-Za-z0-9/_+=.@-]{1,200}$/,
  },
  STAGE_STATUSES: { kind: 'boolean', meaning: 'whether each stage gets a status of its own as well' },
  PIPELINE_TAG_KEY: {
    kind: 'text',
    meaning: 'tag that pipelines must have to be shown; none = all',
    optional: true,
    pattern: /^.{1,128}$/,
  },
  PIPELINE_TAG_VALUE: {
    kind: 'text',
    meaning: 'value that the tag must have; none = any',
    optional: true,
    pattern: /^.{1,256}$/,
  },
  DEAD_LETTER_QUEUE_URL: {
    kind: 'text',
    meaning: 'SQS queue for events that no retry can help',
    pattern: /^https?:\/\/\S+$/,
  },
} as const satisfies EnvSpec;

export interface Config {
  readonly secretPrefix: string;
  readonly stageStatuses: boolean;
  /** Absent: every pipeline is shown. */
  readonly pipelineTag?: { readonly key: string; readonly value?: string };
  readonly deadLetterQueueUrl: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  const { PIPELINE_TAG_KEY: key, PIPELINE_TAG_VALUE: value } = env;
  return {
    secretPrefix: env.SECRET_PREFIX,
    stageStatuses: env.STAGE_STATUSES,
    ...(key !== undefined && { pipelineTag: { key, ...(value !== undefined && { value }) } }),
    deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL,
  };
}
