import { type Env, type EnvSpec, type EnvVariable, RuntimeError, readEnv } from '@gitsource/runtime';
import { type Push, parsePush } from './parse-push.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A build for a job of CodePipeline: the job from custom-action, the rest from CodeBuild itself. */
export const jobEnvSpec = {
  CODEPIPELINE_JOB_ID: { kind: 'text', meaning: 'the CodePipeline job, set by custom-action for each build' },
  CODEBUILD_BUILD_ID: { kind: 'text', meaning: "CodeBuild's own", optional: true },
  AWS_REGION: { kind: 'text', meaning: "CodeBuild's own" },
} as const satisfies EnvSpec;

/** A build for a pushed ref: what the rule's input transformer takes from the event. */
export const pushEnvSpec = {
  PUSH_REPOSITORY_PATH: { kind: 'text', meaning: "the event's repository.path" },
  PUSH_GIT_URL: { kind: 'text', meaning: "the event's repository.sshUrl or httpsUrl" },
  PUSH_REF: { kind: 'text', meaning: "the event's ref" },
  PUSH_COMMIT: { kind: 'text', meaning: "the event's after; none where the ref was deleted", optional: true },
  PUSH_DELIVERY_ID: { kind: 'text', meaning: "the event's deliveryId" },
} as const satisfies EnvSpec;

const bucket = { kind: 'text', pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ } as const satisfies Partial<EnvVariable>;

/** What the project of `cloudformation/git-to-s3.yaml` says of every push. */
export const projectEnvSpec = {
  OUTPUT_BUCKET: { ...bucket, meaning: 'versioned bucket that gets the zips' },
  CONNECTION_SECRET: {
    kind: 'text',
    meaning: 'secret of the connection that the server is asked with',
    pattern: /^[A-Za-z0-9/_+=.@:-]{1,2048}$/,
  },
  EXCLUDE_GIT: { kind: 'boolean', meaning: 'true: the tree alone; false: a clone with its .git', optional: true },
  SUBMODULES: {
    kind: 'text',
    meaning: 'which submodules become files',
    pattern: /^(?:none|direct|recursive)$/,
    optional: true,
  },
  GIT_LFS: { kind: 'boolean', meaning: 'contents in the place of Git LFS pointers', optional: true },
  CACHE_BUCKET: { ...bucket, meaning: 'bucket that keeps objects between pushes', optional: true },
  DEAD_LETTER_QUEUE_URL: {
    kind: 'text',
    meaning: 'SQS queue for pushes whose zip could not be made',
    pattern: /^https?:\/\/\S+$/,
    optional: true,
  },
  HOST_OVERRIDE: {
    kind: 'text',
    meaning: 'host, or host:port, to connect to in the place of the one in the URL',
    optional: true,
  },
} as const satisfies EnvSpec;

export interface JobConfig {
  readonly kind: 'job';
  readonly jobId: string;
  /** `project:uuid`; absent outside CodeBuild. */
  readonly buildId?: string;
  readonly region: string;
}

export interface PushConfig {
  readonly kind: 'push';
  readonly push: Push;
  readonly outputBucket: string;
  readonly connectionSecret: string;
  readonly outputArtifactFormat: 'CODE_ZIP' | 'FULL_CLONE';
  readonly submodules: 'none' | 'direct' | 'recursive';
  readonly gitLfs: boolean;
  /** Absent: every push is fetched whole. */
  readonly cacheBucket?: string;
  /** Absent: a failure is told in the log only. */
  readonly deadLetterQueueUrl?: string;
}

/**
 * Reads one of the two environments that a build has. Throws `runtime/environment-invalid` with every problem, also for a
 * mix of both and for neither, and what `parsePush` throws.
 */
export function readConfig(environment: Environment): JobConfig | PushConfig {
  const isSet = (name: string) => environment[name] !== undefined && environment[name] !== '';
  const ofPush = Object.keys(pushEnvSpec).filter(isSet);
  if (!isSet('CODEPIPELINE_JOB_ID')) {
    if (ofPush.length > 0) return readPushConfig(environment);
    throw wrong('neither CODEPIPELINE_JOB_ID nor PUSH_GIT_URL is set, so there is nothing to fetch');
  }
  if (ofPush.length === 0) return readJobConfig(environment);
  throw wrong(`CODEPIPELINE_JOB_ID is set together with ${ofPush.join(', ')}; a build is for a job or for a push`);
}

function wrong(problem: string): RuntimeError {
  return new RuntimeError('runtime/environment-invalid', `Environment variables are wrong: ${problem}.`);
}

function readJobConfig(environment: Environment): JobConfig {
  const env: Env<typeof jobEnvSpec> = readEnv(jobEnvSpec, environment);
  return {
    kind: 'job',
    jobId: env.CODEPIPELINE_JOB_ID,
    ...(env.CODEBUILD_BUILD_ID !== undefined && { buildId: env.CODEBUILD_BUILD_ID }),
    region: env.AWS_REGION,
  };
}

const SUBMODULES = ['none', 'direct', 'recursive'] as const;

function readPushConfig(environment: Environment): PushConfig {
  const env = readEnv({ ...pushEnvSpec, ...projectEnvSpec }, environment);
  return {
    kind: 'push',
    push: parsePush({
      repositoryPath: env.PUSH_REPOSITORY_PATH,
      gitUrl: env.PUSH_GIT_URL,
      ref: env.PUSH_REF,
      commit: env.PUSH_COMMIT,
      deliveryId: env.PUSH_DELIVERY_ID,
      hostOverride: env.HOST_OVERRIDE,
    }),
    outputBucket: env.OUTPUT_BUCKET,
    connectionSecret: env.CONNECTION_SECRET,
    outputArtifactFormat: env.EXCLUDE_GIT === false ? 'FULL_CLONE' : 'CODE_ZIP',
    submodules: SUBMODULES.find((name) => name === env.SUBMODULES) ?? 'none',
    gitLfs: env.GIT_LFS ?? false,
    ...(env.CACHE_BUCKET !== undefined && { cacheBucket: env.CACHE_BUCKET }),
    ...(env.DEAD_LETTER_QUEUE_URL !== undefined && { deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL }),
  };
}
