import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/webhook-receiver.yaml` sets. */
export const envSpec = {
  EVENT_BUS_NAME: {
    kind: 'text',
    meaning: 'bus that gets the events',
    pattern: /^[A-Za-z0-9._/-]{1,256}$/,
  },
  SECRET_PREFIX: {
    kind: 'text',
    meaning: 'what the names of connection secrets begin with, such as gitsource/',
    pattern: /^[A-Za-z0-9/_+=.@-]{1,200}$/,
  },
} as const satisfies EnvSpec;

export interface Config {
  readonly eventBusName: string;
  readonly secretPrefix: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  return { eventBusName: env.EVENT_BUS_NAME, secretPrefix: env.SECRET_PREFIX };
}
