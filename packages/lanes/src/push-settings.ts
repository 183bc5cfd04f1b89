import { type EnvSpec, type EnvVariable, readEnv } from '@gitsource/runtime';

const bucket = { kind: 'text', pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ } as const satisfies Partial<EnvVariable>;

/** What `cloudformation/git-to-s3.yaml` says of every push, to both lanes. */
export const pushSettingsSpec = {
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

export interface PushSettings {
  readonly outputBucket: string;
  readonly connectionSecret: string;
  readonly outputArtifactFormat: 'CODE_ZIP' | 'FULL_CLONE';
  readonly submodules: 'none' | 'direct' | 'recursive';
  readonly gitLfs: boolean;
  /** `clone`: by git only. */
  readonly fetchMethod: 'auto' | 'clone';
  /** Absent: every push is fetched whole. */
  readonly cacheBucket?: string;
  /** Absent: a failure is told in the log only. */
  readonly deadLetterQueueUrl?: string;
  /** For `parsePush`. */
  readonly hostOverride?: string;
}

const SUBMODULES = ['none', 'direct', 'recursive'] as const;

/** Throws `runtime/environment-invalid` with every problem. */
export function readPushSettings(environment: Readonly<Record<string, string | undefined>>): PushSettings {
  const env = readEnv(pushSettingsSpec, environment);
  return {
    outputBucket: env.OUTPUT_BUCKET,
    connectionSecret: env.CONNECTION_SECRET,
    outputArtifactFormat: env.EXCLUDE_GIT === false ? 'FULL_CLONE' : 'CODE_ZIP',
    submodules: SUBMODULES.find((name) => name === env.SUBMODULES) ?? 'none',
    gitLfs: env.GIT_LFS ?? false,
    fetchMethod: 'auto',
    ...(env.CACHE_BUCKET !== undefined && { cacheBucket: env.CACHE_BUCKET }),
    ...(env.DEAD_LETTER_QUEUE_URL !== undefined && { deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL }),
    ...(env.HOST_OVERRIDE !== undefined && { hostOverride: env.HOST_OVERRIDE }),
  };
}
