import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/webhook-receiver.yaml` sets. */
export const envSpec = {
  DEAD_LETTER_QUEUE_URL: {
    kind: 'text',
    meaning: 'SQS queue for events that no retry can help',
    pattern: /^https?:\/\/\S+$/,
  },
} as const satisfies EnvSpec;

export interface Config {
  readonly deadLetterQueueUrl: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  return { deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL };
}
