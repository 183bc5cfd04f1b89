import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { failureDetails } from '@gitsource/job-protocol';
import { deliverPush, doJob, openSystemSsh, type Progress, StepLog } from '@gitsource/lanes';
import { type JobConfig, type PushConfig, readConfig } from './config.ts';
import { SourceCloneError } from './errors.ts';
import { forgetShrunk } from './forget-shrunk.ts';
import { gitWay } from './git-way.ts';

const MAX_ATTEMPTS = 5;

const log = new StepLog((text, sinceMs) => {
  process.stdout.write(`${(sinceMs / 1000).toFixed(2).padStart(7)} s  ${text}\n`);
}, Date.now);
const stop = new AbortController();
const { signal } = stop;
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    const message = `The build was stopped (${name}). Retry the stage, or start the build again.`;
    stop.abort(new SourceCloneError('source-clone/interrupted', 'failed', message));
  });
}
const progress: Progress = { packBytes: 0, artifactBytes: 0 };
const workFolder = await mkdtemp(join(tmpdir(), 'source-clone-'));
try {
  const config = readConfig(process.env);
  const outcome = await (config.kind === 'job' ? job(config) : push(config));
  // A failure is a failed build, so that it is red where people look; the report of a job's is a known duplicate.
  process.exitCode = outcome === 'failed' ? 1 : 0;
  const { laneNotesPath: path } = config;
  if (path !== undefined) await forgetShrunk({ ssm: new SSMClient(), log, now: Date.now }, path, progress);
} catch (error) {
  log.line(`Failed without a report: ${failureDetails(error).message}`);
  process.exitCode = 1;
} finally {
  await rm(workFolder, { recursive: true, force: true });
}

function sharedPorts() {
  const secretsManager = new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS });
  return { secretsManager, log, environment: process.env, workFolder, signal, progress, openSsh: openSystemSsh };
}

function job(config: JobConfig) {
  const codePipeline = new CodePipelineClient({ maxAttempts: MAX_ATTEMPTS });
  return doJob({ ...sharedPorts(), codePipeline, now: Date.now, otherWay: gitWay() }, config);
}

function push({ settings, push: told }: PushConfig) {
  const s3 = new S3Client({ maxAttempts: MAX_ATTEMPTS });
  const sqs = new SQSClient({ maxAttempts: MAX_ATTEMPTS });
  // That the build was stopped is seen by what follows.
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  const { cacheBucket: bucket } = settings;
  const cacheBucket = bucket === undefined ? {} : { cacheBucket: { s3, bucket, randomName: randomUUID } };
  return deliverPush({ ...sharedPorts(), ...cacheBucket, s3, sqs, pause, otherWay: gitWay() }, settings, told);
}
