import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/custom-action.yaml` sets. */
export const envSpec = {
  ACTION_PROVIDER: {
    kind: 'text',
    meaning: "provider of the custom action type, as in the pipeline's action",
    pattern: /^[0-9A-Za-z_-]{1,35}$/,
  },
  ACTION_VERSION: { kind: 'text', meaning: 'version of the custom action type', pattern: /^[0-9A-Za-z_-]{1,9}$/ },
  BUILD_PROJECT_NAME: {
    kind: 'text',
    meaning: 'CodeBuild project that runs source-clone',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{1,254}$/,
  },
} as const satisfies EnvSpec;

export interface Config {
  readonly actionProvider: string;
  readonly actionVersion: string;
  readonly buildProjectName: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  return {
    actionProvider: env.ACTION_PROVIDER,
    actionVersion: env.ACTION_VERSION,
    buildProjectName: env.BUILD_PROJECT_NAME,
  };
}
