import { type Env, type EnvSpec, readEnv } from '@gitsource/runtime';

/** What the build's environment holds: the job from custom-action, the rest from CodeBuild itself. */
export const envSpec = {
  CODEPIPELINE_JOB_ID: { kind: 'text', meaning: 'the CodePipeline job, set by custom-action for each build' },
  CODEBUILD_BUILD_ID: { kind: 'text', meaning: "CodeBuild's own", optional: true },
  AWS_REGION: { kind: 'text', meaning: "CodeBuild's own" },
} as const satisfies EnvSpec;

export interface Config {
  readonly jobId: string;
  /** `project:uuid`; absent outside CodeBuild. */
  readonly buildId?: string;
  readonly region: string;
}

/** Throws `runtime/environment-invalid` with every problem. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env: Env<typeof envSpec> = readEnv(envSpec, environment);
  return {
    jobId: env.CODEPIPELINE_JOB_ID,
    ...(env.CODEBUILD_BUILD_ID !== undefined && { buildId: env.CODEBUILD_BUILD_ID }),
    region: env.AWS_REGION,
  };
}
