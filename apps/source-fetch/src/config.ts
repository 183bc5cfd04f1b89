import { type PushSettings, readPushSettings } from '@gitsource/lanes';
import { laneNotesPathVariable } from '@gitsource/lanes/dispatch';
import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** What `custom-action.yaml` and `git-to-s3.yaml` set alike; for pushes, those of `readPushSettings` come on top. */
export const envSpec = {
  AWS_REGION: { kind: 'text', meaning: "Lambda's own" },
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: { kind: 'text', meaning: "Lambda's own, in MB", pattern: /^[1-9][0-9]{2,4}$/ },
  BUILD_PROJECT_NAME: {
    kind: 'text',
    meaning: 'CodeBuild project that does what this function cannot; without it, nothing does',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{1,254}$/,
    optional: true,
  },
  LANE_NOTES_PATH: laneNotesPathVariable,
} as const satisfies EnvSpec;

export interface Config {
  readonly region: string;
  readonly memoryBytes: number;
  readonly buildProjectName?: string;
  readonly laneNotesPath?: string;
  /** Absent where this function only does jobs. */
  readonly pushSettings?: PushSettings;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  const isForPushes = environment.OUTPUT_BUCKET !== undefined && environment.OUTPUT_BUCKET !== '';
  return {
    region: env.AWS_REGION,
    memoryBytes: Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) * 1024 * 1024,
    ...(env.BUILD_PROJECT_NAME !== undefined && { buildProjectName: env.BUILD_PROJECT_NAME }),
    ...(env.LANE_NOTES_PATH !== undefined && { laneNotesPath: env.LANE_NOTES_PATH }),
    ...(isForPushes && { pushSettings: readPushSettings(environment) }),
  };
}
