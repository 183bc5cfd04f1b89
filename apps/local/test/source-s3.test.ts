import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { commitFiles } from '@gitsource/local-git';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployStack } from '../src/deploy-stack.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { creationExecution, PROJECT_FOLDER, type Rehearsal, startEmptyAccount, waitForExecution } from './rehearsal.ts';

const BUCKET = 'sources-of-the-test';
const KEY = 'team/app/main/team_app.zip';
const PIPELINE = 'from-s3';

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  const { s3 } = rehearsal.clients;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: BUCKET, NotificationConfiguration }));
}, 60_000);

afterAll(() => rehearsal.close());

/** A new version of the object: a zip of the sample with this number in it. */
async function putVersion(number: string): Promise<string> {
  const { folder } = rehearsal.git.repository;
  const commit = await commitFiles(folder, 'main', {
    message: `${number}\n`,
    files: { ...SAMPLE_FILES, 'number.txt': number },
  });
  const Body = execFileSync('git', ['archive', '--format=zip', commit], { cwd: folder });
  const { VersionId } = await rehearsal.clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body }));
  return VersionId ?? '';
}

it('starts a pipeline at each new version of its object, and at no other object', async () => {
  const { clients } = rehearsal;
  await putVersion('zero');
  await deployStack(clients.cloudFormation, {
    name: PIPELINE,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'sample-pipeline-s3.yaml'),
    parameters: { PipelineName: PIPELINE, SourceBucket: BUCKET, SourceKey: KEY, ExecutionMode: 'PARALLEL' },
  });
  await waitForExecution(rehearsal, PIPELINE, await creationExecution(rehearsal, PIPELINE));

  const versions = [await putVersion('one'), await putVersion('two')];
  await clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${KEY}.other`, Body: 'x' }));

  const started = async () => {
    const { pipelineExecutionSummaries: found = [] } = await clients.codePipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName: PIPELINE }),
    );
    return found.filter(({ trigger }) => trigger?.triggerType !== 'CreatePipeline');
  };
  while ((await started()).length < 2) await delay(50);
  for (const { pipelineExecutionId = '' } of await started()) {
    expect(await waitForExecution(rehearsal, PIPELINE, pipelineExecutionId)).toMatchObject({ status: 'Succeeded' });
  }
  const executions = await started();
  expect(executions.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId ?? '').toSorted()).toEqual(
    versions.toSorted(),
  );
}, 60_000);
