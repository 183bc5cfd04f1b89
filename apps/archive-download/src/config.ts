import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/git-to-s3.yaml` sets. */
export const envSpec = {
  OUTPUT_BUCKET: {
    kind: 'text',
    meaning: 'versioned bucket that gets the zips',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  },
  CONNECTION_SECRET: {
    kind: 'text',
    meaning: 'secret of the connection that archives are asked for with',
    pattern: /^[A-Za-z0-9/_+=.@:-]{1,2048}$/,
  },
  DEAD_LETTER_QUEUE_URL: {
    kind: 'text',
    meaning: 'SQS queue for events that no retry can help',
    pattern: /^https?:\/\/\S+$/,
  },
} as const satisfies EnvSpec;

export interface Config {
  readonly outputBucket: string;
  readonly connectionSecret: string;
  readonly deadLetterQueueUrl: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  return {
    outputBucket: env.OUTPUT_BUCKET,
    connectionSecret: env.CONNECTION_SECRET,
    deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL,
  };
}
