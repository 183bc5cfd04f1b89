import { rmSync } from 'node:fs';
import type {
  GetPipelineStateOutput,
  Job,
  ListActionExecutionsOutput,
  ListPipelineExecutionsOutput,
  PollForJobsOutput,
} from '@aws-sdk/client-codepipeline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { buildAction, samplePipeline, sourceType, sourceTypeId } from './test/sample-pipeline.ts';
import { startTestCloud, type TestCloud } from './test/test-cloud.ts';

const { name } = samplePipeline();
const open: TestCloud[] = [];

async function cloud(options: Parameters<typeof startTestCloud>[0] = {}): Promise<TestCloud> {
  const aws = await startTestCloud(options);
  open.push(aws);
  return aws;
}

afterEach(async () => {
  for (const aws of open.splice(0)) await aws.close();
});

async function pollOne(aws: TestCloud): Promise<Job | undefined> {
  return (await aws.call<PollForJobsOutput>('PollForJobs', { actionTypeId: sourceTypeId, maxBatchSize: 1 })).jobs?.[0];
}

async function latestStatus(aws: TestCloud): Promise<string | undefined> {
  const list = await aws.call<ListPipelineExecutionsOutput>('ListPipelineExecutions', { pipelineName: name });
  return list.pipelineExecutionSummaries?.[0]?.status;
}

describe('an S3 source', () => {
  const source = {
    name: 'Fetch',
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
    configuration: { S3Bucket: 'sources', S3ObjectKey: 'a b/main.zip', PollForSourceChanges: 'false' },
    outputArtifacts: [{ name: 'SourceOutput' }],
    namespace: 'SourceVariables',
  } as const;
  const build = buildAction({ configuration: { ProjectName: 'sample' } });
  const pipeline = samplePipeline({
    stages: [
      { name: 'Source', actions: [{ ...source, outputArtifacts: [...source.outputArtifacts] }] },
      { name: 'Build', actions: [build] },
    ],
  });

  async function withBuckets(versioned: boolean): Promise<TestCloud> {
    const aws = await cloud();
    for (const Bucket of ['sources', 'artifacts']) await aws.call('CreateBucket', { Bucket }, 's3');
    if (versioned) {
      const VersioningConfiguration = { Status: 'Enabled' };
      await aws.call('PutBucketVersioning', { Bucket: 'sources', VersioningConfiguration }, 's3');
    }
    await aws.call('PutObject', { Bucket: 'sources', Key: 'a b/main.zip', Body: Buffer.from('zip') }, 's3');
    return aws;
  }

  it('copies the newest version into the artifact store', async () => {
    const aws = await withBuckets(true);

    await aws.call('CreatePipeline', { pipeline });

    await vi.waitFor(() => expect(aws.builds.size).toBe(1));
    const list = await aws.call<ListActionExecutionsOutput>('ListActionExecutions', { pipelineName: name });
    const fetched = list.actionExecutionDetails?.find((action) => action.actionName === 'Fetch');
    const place = fetched?.output?.outputArtifacts?.[0]?.s3location;
    const head = await aws.call<{ ContentLength?: number }>(
      'HeadObject',
      { Bucket: place?.bucket, Key: place?.key },
      's3',
    );
    expect(head.ContentLength).toBe(3);
    expect(fetched?.output?.outputVariables).toMatchObject({ BucketName: 'sources', ObjectKey: 'a b/main.zip' });
  });

  it('needs a versioned bucket', async () => {
    const aws = await withBuckets(false);

    await aws.call('CreatePipeline', { pipeline });

    await vi.waitFor(async () => expect(await latestStatus(aws)).toBe('Failed'));
    const state = await aws.call<GetPipelineStateOutput>('GetPipelineState', { name });
    expect(state.stageStates?.[0]?.actionStates?.[0]?.latestExecution?.errorDetails?.message).toContain(
      'not versioned',
    );
  });
});

describe('an approval', () => {
  it('waits for its token', async () => {
    const aws = await cloud();
    await aws.call('CreateCustomActionType', sourceType);
    const approval = {
      name: 'Ask',
      actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
    } as const;
    const [source] = samplePipeline().stages ?? [];
    const stages = source === undefined ? [] : [source, { name: 'Approve', actions: [approval] }];
    await aws.call('CreatePipeline', { pipeline: samplePipeline({ stages }) });
    const job = await pollOne(aws);
    await aws.call('AcknowledgeJob', { jobId: job?.id, nonce: job?.nonce });
    await aws.call('PutJobSuccessResult', { jobId: job?.id });
    const state = await aws.call<GetPipelineStateOutput>('GetPipelineState', { name });
    const token = state.stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
    const answer = {
      pipelineName: name,
      stageName: 'Approve',
      actionName: 'Ask',
      result: { status: 'Approved', summary: 'fine' },
    };

    await expect(aws.call('PutApprovalResult', { ...answer, token: 'x' })).rejects.toMatchObject({
      code: 'InvalidApprovalTokenException',
    });
    await aws.call('PutApprovalResult', { ...answer, token });

    expect(await latestStatus(aws)).toBe('Succeeded');
  });
});

describe('time', () => {
  it('hands an unacknowledged job out again with a new nonce', async () => {
    const aws = await cloud({ times: { jobLeaseMs: 20 } });
    await aws.call('CreateCustomActionType', sourceType);
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const first = await pollOne(aws);

    const second = await vi.waitFor(async () => {
      const job = await pollOne(aws);
      expect(job).toBeDefined();
      return job;
    });

    expect(second?.id).toBe(first?.id);
    await expect(aws.call('AcknowledgeJob', { jobId: first?.id, nonce: first?.nonce })).rejects.toMatchObject({
      code: 'InvalidNonceException',
    });
  });

  it('times out a job that never reports', async () => {
    const aws = await cloud({ times: { jobTimeoutMs: 20 } });
    await aws.call('CreateCustomActionType', sourceType);

    await aws.call('CreatePipeline', { pipeline: samplePipeline() });

    await vi.waitFor(async () => expect(await latestStatus(aws)).toBe('Failed'));
  });
});

describe('a restart', () => {
  it('puts an unacknowledged job back, keeps an acknowledged one, and goes on', async () => {
    const before = await startTestCloud();
    await before.call('CreateCustomActionType', sourceType);
    await before.call('CreatePipeline', { pipeline: samplePipeline({ executionMode: 'PARALLEL' }) });
    await before.call('StartPipelineExecution', { name });
    const kept = await pollOne(before);
    await before.call('AcknowledgeJob', { jobId: kept?.id, nonce: kept?.nonce });
    const lost = await pollOne(before);
    await before.close(true);

    const after = await startTestCloud({ folder: before.folder });

    const again = await pollOne(after);
    expect(again?.id).toBe(lost?.id);
    expect(again?.nonce).not.toBe(lost?.nonce);
    await after.call('PutJobSuccessResult', { jobId: kept?.id, outputVariables: { CommitId: 'c' } });
    await vi.waitFor(() => expect(after.builds.size).toBe(1));
    await after.close();
    rmSync(before.folder, { recursive: true, force: true });
  });
});
