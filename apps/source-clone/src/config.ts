import {
  type Job,
  type Push,
  type PushSettings,
  parsePush,
  pushSettingsSpec,
  readPushSettings,
} from '@gitsource/lanes';
import { laneNotesPathVariable } from '@gitsource/lanes/dispatch';
import { type Env, type EnvSpec, RuntimeError, readEnv } from '@gitsource/runtime';

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

/** Of both: where it is written which repositories were too much for a function. */
const notesSpec = { LANE_NOTES_PATH: laneNotesPathVariable } as const satisfies EnvSpec;

interface Learning {
  /** Absent: the stack has no function that could learn. */
  readonly laneNotesPath?: string;
}

export interface JobConfig extends Job, Learning {
  readonly kind: 'job';
}

export interface PushConfig extends Learning {
  readonly kind: 'push';
  readonly push: Push;
  readonly settings: PushSettings;
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
  const spec = { ...jobEnvSpec, ...notesSpec };
  const env: Env<typeof spec> = readEnv(spec, environment);
  return {
    kind: 'job',
    lane: 'build',
    jobId: env.CODEPIPELINE_JOB_ID,
    ...(env.CODEBUILD_BUILD_ID !== undefined && { buildId: env.CODEBUILD_BUILD_ID }),
    region: env.AWS_REGION,
    ...learning(env),
  };
}

function readPushConfig(environment: Environment): PushConfig {
  // Together, so that one message has every problem.
  const env = readEnv({ ...pushEnvSpec, ...pushSettingsSpec, ...notesSpec }, environment);
  const read = readPushSettings(environment);
  // Of clones, only git takes what the cache keeps.
  const isCachedClone = read.cacheBucket !== undefined && read.outputArtifactFormat === 'FULL_CLONE';
  const settings: PushSettings = { ...read, fetchMethod: isCachedClone ? 'clone' : 'auto' };
  return {
    kind: 'push',
    ...learning(env),
    settings,
    push: parsePush({
      repositoryPath: env.PUSH_REPOSITORY_PATH,
      gitUrl: env.PUSH_GIT_URL,
      ref: env.PUSH_REF,
      commit: env.PUSH_COMMIT,
      deliveryId: env.PUSH_DELIVERY_ID,
      hostOverride: settings.hostOverride,
    }),
  };
}

function learning({ LANE_NOTES_PATH: laneNotesPath }: Env<typeof notesSpec>): Learning {
  return laneNotesPath === undefined ? {} : { laneNotesPath };
}
