import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { cloneJob } from './clone-job.ts';
import { readConfig } from './config.ts';
import { SourceCloneError } from './errors.ts';
import { StepLog } from './step-log.ts';

const MAX_ATTEMPTS = 5;

const log = new StepLog((line) => void process.stdout.write(`${line}\n`), Date.now);
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    const message = `The build was stopped (${name}). Retry the stage.`;
    stop.abort(new SourceCloneError('source-clone/interrupted', 'failed', message));
  });
}
const workFolder = await mkdtemp(join(tmpdir(), 'source-clone-'));
try {
  const config = readConfig(process.env);
  const outcome = await cloneJob(
    {
      codePipeline: new CodePipelineClient({ maxAttempts: MAX_ATTEMPTS }),
      secretsManager: new SecretsManagerClient({ maxAttempts: MAX_ATTEMPTS }),
      log,
      environment: process.env,
      workFolder,
      signal: stop.signal,
      now: Date.now,
    },
    config,
  );
  // A failed job is a failed build, so that it is red where people look; the report of it is a known duplicate.
  process.exitCode = outcome === 'failed' ? 1 : 0;
} catch (error) {
  log.line(`Failed without a report: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(workFolder, { recursive: true, force: true });
}
