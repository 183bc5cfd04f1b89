import { type LaneFacts, laneNotesPathVariable } from '@gitsource/lanes/dispatch';
import { type Env, type EnvSpec, RuntimeError, readEnv } from '@gitsource/runtime';

/** The variables `cloudformation/custom-action.yaml` sets. */
export const envSpec = {
  ACTION_PROVIDER: {
    kind: 'text',
    meaning: "provider of the custom action type, as in the pipeline's action",
    pattern: /^[0-9A-Za-z_-]{1,35}$/,
  },
  ACTION_VERSION: { kind: 'text', meaning: 'version of the custom action type', pattern: /^[0-9A-Za-z_-]{1,9}$/ },
  FETCH_FUNCTION_NAME: {
    kind: 'text',
    meaning: 'Lambda function that runs source-fetch; without it, every job is a build',
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    optional: true,
  },
  BUILD_PROJECT_NAME: {
    kind: 'text',
    meaning: 'CodeBuild project that runs source-clone; without it, no job is a build',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{1,254}$/,
    optional: true,
  },
  LANE_NOTES_PATH: laneNotesPathVariable,
} as const satisfies EnvSpec;

export interface Config {
  readonly actionProvider: string;
  readonly actionVersion: string;
  /** One of the two at least. */
  readonly fetchFunctionName?: string;
  readonly buildProjectName?: string;
  readonly laneNotesPath?: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  if (env.FETCH_FUNCTION_NAME === undefined && env.BUILD_PROJECT_NAME === undefined) {
    throw new RuntimeError(
      'runtime/environment-invalid',
      'Environment variables are wrong: neither FETCH_FUNCTION_NAME nor BUILD_PROJECT_NAME is set, so no job can be done.',
    );
  }
  return {
    actionProvider: env.ACTION_PROVIDER,
    actionVersion: env.ACTION_VERSION,
    ...(env.FETCH_FUNCTION_NAME !== undefined && { fetchFunctionName: env.FETCH_FUNCTION_NAME }),
    ...(env.BUILD_PROJECT_NAME !== undefined && { buildProjectName: env.BUILD_PROJECT_NAME }),
    ...(env.LANE_NOTES_PATH !== undefined && { laneNotesPath: env.LANE_NOTES_PATH }),
  };
}

/** What the stack has. */
export function lanesOf({ fetchFunctionName, buildProjectName }: Config): LaneFacts['lanes'] {
  return { function: fetchFunctionName !== undefined, build: buildProjectName !== undefined };
}
