import type {
  GetJobDetailsOutput,
  GetPipelineExecutionOutput,
  GetPipelineStateOutput,
  Job,
  ListActionExecutionsOutput,
  ListPipelineExecutionsOutput,
  PollForJobsOutput,
  StartPipelineExecutionOutput,
} from '@aws-sdk/client-codepipeline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { samplePipeline, sourceAction, sourceType, sourceTypeId } from './test/sample-pipeline.ts';
import { startTestCloud, type TestCloud } from './test/test-cloud.ts';

const SHA = 'a'.repeat(40);
let aws: TestCloud;

beforeEach(async () => {
  aws = await startTestCloud();
  await aws.call('CreateCustomActionType', sourceType);
});

afterEach(() => aws.close());

async function poll(maxBatchSize = 10): Promise<Job[]> {
  const { jobs } = await aws.call<PollForJobsOutput>('PollForJobs', { actionTypeId: sourceTypeId, maxBatchSize });
  return jobs ?? [];
}

async function acknowledge(job: Job | undefined): Promise<void> {
  await aws.call('AcknowledgeJob', { jobId: job?.id, nonce: job?.nonce });
}

async function takeOne(): Promise<Job> {
  const [job] = await poll(1);
  await acknowledge(job);
  return job ?? {};
}

function succeed(job: Job, over: object = {}): Promise<unknown> {
  return aws.call('PutJobSuccessResult', {
    jobId: job.id,
    currentRevision: { revision: SHA, changeIdentifier: SHA, revisionSummary: 'a subject' },
    executionDetails: { externalExecutionId: SHA, summary: 'fetched', percentComplete: 100 },
    outputVariables: { CommitId: SHA },
    ...over,
  });
}

async function start(name = samplePipeline().name): Promise<string> {
  const { pipelineExecutionId } = await aws.call<StartPipelineExecutionOutput>('StartPipelineExecution', { name });
  return pipelineExecutionId ?? '';
}

async function executionOf(id: string | undefined) {
  const input = { pipelineName: samplePipeline().name, pipelineExecutionId: id };
  return (await aws.call<GetPipelineExecutionOutput>('GetPipelineExecution', input)).pipelineExecution;
}

async function statuses(): Promise<(string | undefined)[]> {
  const list = await aws.call<ListPipelineExecutionsOutput>('ListPipelineExecutions', {
    pipelineName: samplePipeline().name,
  });
  return (list.pipelineExecutionSummaries ?? []).map((e) => e.status);
}

function eventStates(of: string): unknown[] {
  return aws.events
    .filter((e) => e.detailType === `CodePipeline ${of} Execution State Change`)
    .map((e) => e.detail.state);
}

describe('a pipeline with a custom source and a build', () => {
  it('runs from creation to success', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });

    const job = await takeOne();
    expect(job.data?.actionConfiguration?.configuration).toEqual({
      GitUrl: 'https://git.example/a.git',
      Branch: 'main',
    });
    expect(job.data?.outputArtifacts?.[0]?.location?.s3Location?.objectKey).toMatch(
      /^sample-pipeline-with\/SourceOutp\/[A-Za-z0-9]{7}$/,
    );
    expect(job.data?.encryptionKey).toBeUndefined();
    await succeed(job);
    await vi.waitFor(() => expect(aws.builds.size).toBe(1));
    const [build] = aws.builds.values();
    expect(build?.caller).toContain('assumed-role/pipeline/');
    expect(build?.handover).toMatchObject({
      primarySource: 'SourceOutput',
      environmentVariables: [{ name: 'COMMIT', value: SHA, type: 'PLAINTEXT' }],
      initiator: 'codepipeline/sample-pipeline-with-a-long-name',
      resolvedSourceVersion: SHA,
    });
    if (build !== undefined) build.status = 'SUCCEEDED';

    await vi.waitFor(async () => expect(await statuses()).toEqual(['Succeeded']));
    const execution = await executionOf(job.data?.pipelineContext?.pipelineExecutionId);
    expect(execution?.trigger?.triggerType).toBe('CreatePipeline');
    expect(execution?.artifactRevisions).toMatchObject([
      {
        name: 'SourceOutput',
        revisionId: SHA,
        revisionSummary: 'a subject',
        revisionUrl: `https://git.example/commit/${SHA}`,
      },
    ]);
    expect(eventStates('Pipeline')).toEqual(['STARTED', 'SUCCEEDED']);
    expect(eventStates('Stage')).toEqual(['STARTED', 'SUCCEEDED', 'STARTED', 'SUCCEEDED']);
    expect(eventStates('Action')).toEqual(['STARTED', 'SUCCEEDED', 'STARTED', 'SUCCEEDED']);
    const list = await aws.call<ListActionExecutionsOutput>('ListActionExecutions', {
      pipelineName: samplePipeline().name,
    });
    const fetched = list.actionExecutionDetails?.find((a) => a.actionName === 'Fetch');
    expect(fetched?.output?.executionResult?.externalExecutionUrl).toBe(`https://git.example/main/${SHA}`);
    expect(fetched?.output?.outputVariables).toEqual({ CommitId: SHA });
  });

  it('gives different credentials with each job, poll and details', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();

    const details = await aws.call<GetJobDetailsOutput>('GetJobDetails', { jobId: job.id });

    const keys = [job.data, details.jobDetails?.data].map((data) => data?.artifactCredentials?.accessKeyId);
    expect(new Set(keys).size).toBe(2);
  });

  it('fails the execution when the job fails, and retries it', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();
    await aws.call('PutJobFailureResult', {
      jobId: job.id,
      failureDetails: { type: 'RevisionUnavailable', message: 'no such branch' },
    });

    const { pipelineExecutionId } = job.data?.pipelineContext ?? {};
    expect((await executionOf(pipelineExecutionId))?.status).toBe('Failed');
    const state = await aws.call<GetPipelineStateOutput>('GetPipelineState', { name: samplePipeline().name });
    expect(state.stageStates?.[0]?.actionStates?.[0]?.latestExecution?.errorDetails).toEqual({
      code: 'RevisionUnavailable',
      message: 'no such branch',
    });
    await aws.call('RetryStageExecution', {
      pipelineName: samplePipeline().name,
      stageName: 'Source',
      pipelineExecutionId,
      retryMode: 'FAILED_ACTIONS',
    });
    await succeed(await takeOne());
    await vi.waitFor(() => expect(aws.builds.size).toBe(1));
  });

  it('fails when the build fails', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    await succeed(await takeOne());
    await vi.waitFor(() => expect(aws.builds.size).toBe(1));

    for (const build of aws.builds.values()) build.status = 'FAILED';

    await vi.waitFor(async () => expect(await statuses()).toEqual(['Failed']));
    expect(eventStates('Stage')).toEqual(['STARTED', 'SUCCEEDED', 'STARTED', 'FAILED']);
  });

  it('leaves nothing of a deleted pipeline', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();

    await aws.call('DeletePipeline', { name: samplePipeline().name });

    await expect(succeed(job)).rejects.toMatchObject({ code: 'JobNotFoundException' });
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    expect(await statuses()).toEqual(['InProgress']);
  });

  it('fails an action whose variable has no value', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });

    await succeed(await takeOne(), { outputVariables: { Other: 'x' } });

    await vi.waitFor(async () => expect(await statuses()).toEqual(['Failed']));
    expect(aws.events.at(-3)?.detail['execution-result']).toMatchObject({ 'error-code': 'ConfigurationError' });
  });
});

describe('a custom action type', () => {
  it.each([
    [{ provider: 'a b' }, /provider 'a b'/],
    [
      {
        configurationProperties: Array.from({ length: 11 }, (_, i) => ({
          name: `P${i}`,
          required: false,
          key: false,
          secret: false,
        })),
      },
      /11 configuration properties/,
    ],
    [
      { configurationProperties: [{ name: 'Q', required: false, key: true, secret: false, queryable: true }] },
      /queryable property 'Q' must be required/,
    ],
    [{ outputArtifactDetails: { minimumCount: 2, maximumCount: 1 } }, /outputArtifactDetails/],
    [{ settings: { entityUrlTemplate: 'https://x/{Config:Password}' } }, /\{Config:Password\}/],
    [{}, /already exists/],
  ])('is refused with %j', async (over, message) => {
    const creation = aws.call('CreateCustomActionType', { ...sourceType, ...over });

    await expect(creation).rejects.toMatchObject({
      code: 'ValidationException',
      message: expect.stringMatching(message) as string,
    });
  });

  it('gives its jobs only for its queryable value', async () => {
    const id = { ...sourceTypeId, provider: 'Queried' };
    const property = { name: 'Team', required: true, key: true, secret: false, queryable: true };
    await aws.call('CreateCustomActionType', {
      ...sourceType,
      provider: id.provider,
      configurationProperties: [property],
      settings: {},
    });
    const [, build] = samplePipeline().stages ?? [];
    const source = sourceAction({ actionTypeId: id, configuration: { Team: 'red' } });
    const stages = build === undefined ? [] : [{ name: 'Source', actions: [source] }, build];
    await aws.call('CreatePipeline', { pipeline: samplePipeline({ name: 'short', stages }) });
    const ask = (queryParam?: Record<string, string>) =>
      aws.call<PollForJobsOutput>('PollForJobs', { actionTypeId: id, queryParam });

    await expect(ask()).rejects.toMatchObject({ code: 'ValidationException' });
    expect((await ask({ Team: 'blue' })).jobs).toEqual([]);
    expect((await ask({ Team: 'red' })).jobs).toHaveLength(1);
  });
});

describe('jobs', () => {
  it('are refused to a wrong nonce, and take one result', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const [job] = await poll();
    await expect(aws.call('AcknowledgeJob', { jobId: job?.id, nonce: 'x' })).rejects.toMatchObject({
      code: 'InvalidNonceException',
    });
    await expect(succeed(job ?? {})).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    await acknowledge(job);
    expect(await poll()).toEqual([]);

    await succeed(job ?? {});

    await expect(succeed(job ?? {})).rejects.toMatchObject({ code: 'InvalidJobStateException' });
    expect(await aws.call('AcknowledgeJob', { jobId: job?.id, nonce: job?.nonce })).toEqual({ status: 'Succeeded' });
    await expect(aws.call('GetJobDetails', { jobId: 'ffffffff-0000-4000-8000-000000000000' })).rejects.toMatchObject({
      code: 'JobNotFoundException',
    });
  });

  it('continue as a new job after a continuation token', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const first = await takeOne();

    await succeed(first, { continuationToken: 'part 2', outputVariables: undefined });

    const second = await takeOne();
    expect(second.id).not.toBe(first.id);
    expect(second.data?.continuationToken).toBe('part 2');
    await succeed(second);
    await vi.waitFor(() => expect(aws.builds.size).toBe(1));
  });

  it('take no more output variables than the cap', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();

    const result = succeed(job, { outputVariables: { Long: 'x'.repeat(122_880) } });

    await expect(result).rejects.toMatchObject({ code: 'OutputVariablesSizeExceededException' });
  });
});

describe('execution modes', () => {
  it('SUPERSEDED drops the older waiting execution', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    await start();
    await start();

    expect(await statuses()).toEqual(['InProgress', 'Superseded', 'InProgress']);
  });

  it('PARALLEL runs twenty at once, each with its own job', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline({ executionMode: 'PARALLEL' }) });
    for (let i = 0; i < 19; i += 1) await start();

    const jobs = await poll(50);

    expect(new Set(jobs.map((job) => job.data?.pipelineContext?.pipelineExecutionId)).size).toBe(20);
  });

  it('QUEUED enters a stage in order of starting, and caps the queue', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline({ executionMode: 'QUEUED' }) });
    for (let i = 0; i < 49; i += 1) await start();
    await expect(start()).rejects.toMatchObject({ code: 'ConcurrentPipelineExecutionsLimitExceededException' });

    const first = await takeOne();
    expect(await poll()).toEqual([]);
    await succeed(first);
    const second = await takeOne();

    expect(second.data?.pipelineContext?.pipelineExecutionId).not.toBe(
      first.data?.pipelineContext?.pipelineExecutionId,
    );
  });
});

describe('StartPipelineExecution', () => {
  it('gives the same execution for the same token', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const input = { name: samplePipeline().name, clientRequestToken: 'delivery-1' };

    const one = await aws.call('StartPipelineExecution', input);
    const two = await aws.call('StartPipelineExecution', input);

    expect(two).toEqual(one);
  });

  it('refuses unknown variables and revisions of a custom source', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const { name } = samplePipeline();

    await expect(aws.call('StartPipelineExecution', { name, variables: [{ name: 'No', value: 'x' }] })).rejects.toThrow(
      /does not declare the variable 'No'/,
    );
    const sourceRevisions = [{ actionName: 'Fetch', revisionType: 'COMMIT_ID', revisionValue: SHA }];
    await expect(aws.call('StartPipelineExecution', { name, sourceRevisions })).rejects.toThrow(
      /cannot be given to action 'Fetch'/,
    );
  });
});

describe('StopPipelineExecution', () => {
  it('abandons at once; the late result finds no job', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();
    const { pipelineExecutionId } = job.data?.pipelineContext ?? {};

    await aws.call('StopPipelineExecution', {
      pipelineName: samplePipeline().name,
      pipelineExecutionId,
      abandon: true,
      reason: 'enough',
    });

    expect(await statuses()).toEqual(['Stopped']);
    expect(eventStates('Pipeline')).toEqual(['STARTED', 'STOPPING', 'STOPPED']);
    await expect(succeed(job)).rejects.toMatchObject({ code: 'InvalidJobStateException' });
  });

  it('waits for what runs', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const job = await takeOne();
    const { pipelineExecutionId } = job.data?.pipelineContext ?? {};
    const stop = { pipelineName: samplePipeline().name, pipelineExecutionId };

    await aws.call('StopPipelineExecution', stop);

    expect(await statuses()).toEqual(['Stopping']);
    await expect(aws.call('StopPipelineExecution', stop)).rejects.toMatchObject({
      code: 'DuplicatedStopRequestException',
    });
    await succeed(job);
    expect(await statuses()).toEqual(['Stopped']);
    expect(aws.builds.size).toBe(0);
  });
});

describe('stage transitions', () => {
  it('hold an execution while closed', async () => {
    await aws.call('CreatePipeline', { pipeline: samplePipeline() });
    const transition = { pipelineName: samplePipeline().name, stageName: 'Build', transitionType: 'Inbound' };
    await aws.call('DisableStageTransition', { ...transition, reason: 'freeze' });
    await succeed(await takeOne());
    const state = await aws.call<GetPipelineStateOutput>('GetPipelineState', { name: samplePipeline().name });
    expect(state.stageStates?.[1]?.inboundTransitionState).toMatchObject({ enabled: false, disabledReason: 'freeze' });
    expect(aws.builds.size).toBe(0);

    await aws.call('EnableStageTransition', transition);

    await vi.waitFor(() => expect(aws.builds.size).toBe(1));
  });
});
