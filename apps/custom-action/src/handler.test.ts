import { beforeEach, describe, expect, it } from 'vitest';
import { FakePipeline } from '../test/fake-pipeline.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const CONFIG = readConfig({ ACTION_PROVIDER: 'Gitsource', ACTION_VERSION: '1', BUILD_PROJECT_NAME: 'clone' });

function started(version = '1'): object {
  const type = { owner: 'Custom', category: 'Source', provider: 'Gitsource', version };
  return {
    source: 'aws.codepipeline',
    'detail-type': 'CodePipeline Action Execution State Change',
    time: '2026-01-31T09:15:00Z',
    region: 'eu-central-1',
    account: '111122223333',
    detail: { pipeline: 'p', 'execution-id': 'e', stage: 'Source', action: 'Checkout', state: 'STARTED', type },
  };
}

function ended(status: string, jobId: string | undefined, phases: readonly object[] = []): object {
  const variables = jobId === undefined ? [] : [{ name: 'CODEPIPELINE_JOB_ID', type: 'PLAINTEXT', value: jobId }];
  return {
    source: 'aws.codebuild',
    'detail-type': 'CodeBuild Build State Change',
    time: '2026-01-31T09:16:00Z',
    detail: {
      'build-status': status,
      'project-name': 'clone',
      'build-id': 'arn:aws:codebuild:eu-central-1:111122223333:build/clone:8f5f',
      'additional-information': {
        environment: { 'environment-variables': variables },
        logs: { 'deep-link': 'https://console.example/log' },
        phases,
      },
    },
  };
}

let pipeline: FakePipeline;
let handle: (event: unknown) => Promise<void>;
beforeEach(() => {
  pipeline = new FakePipeline();
  handle = createHandler(pipeline.ports, CONFIG);
});

describe('an action started', () => {
  it('starts one build per waiting job, with the job id and nothing else', async () => {
    for (let n = 0; n < 45; n++) pipeline.addJob(`job-${n}`);

    await handle(started());

    expect(pipeline.builds.size).toBe(45);
    expect([...pipeline.jobs.values()].every(({ status }) => status === 'InProgress')).toBe(true);
    expect(pipeline.builds.get('job-7')).toEqual({
      projectName: 'clone',
      idempotencyToken: 'job-7',
      environmentVariablesOverride: [{ name: 'CODEPIPELINE_JOB_ID', value: 'job-7', type: 'PLAINTEXT' }],
    });
    expect(pipeline.nowMs).toBe(0);
  });

  it('waits a little for a job that comes after its event, and gives up soon when another copy took it', async () => {
    pipeline.addJob('job-1', 250);

    await handle(started());

    expect(pipeline.builds.size).toBe(1);
    expect(pipeline.nowMs).toBe(300);

    await handle(started());

    expect(pipeline.nowMs).toBe(1800);
  });

  it('goes on looking for its own job when it was offered another one', async () => {
    pipeline.addJob('of-another-execution', 0, 'other');
    pipeline.addJob('its-own', 250);

    await handle(started());

    expect([...pipeline.builds.keys()]).toEqual(['of-another-execution', 'its-own']);
  });

  it('does nothing for another version of the action', async () => {
    pipeline.addJob('job-1');

    await handle(started('2'));

    expect(pipeline.builds.size).toBe(0);
  });

  it('gives each job to one of two copies at once', async () => {
    for (let n = 0; n < 10; n++) pipeline.addJob(`job-${n}`);

    await Promise.all([handle(started()), handle(started()), handle({ sweep: true })]);

    expect(pipeline.builds.size).toBe(10);
    const builds = pipeline.lines.filter(({ message }) => message === 'job started');
    expect(builds).toHaveLength(10);
  });

  it('fails the job whose build cannot start, and loses no other', async () => {
    const first = pipeline.addJob('job-1');
    pipeline.addJob('job-2');
    const quota = Object.assign(new Error('too many'), { name: 'AccountLimitExceededException', $metadata: {} });
    pipeline.faults.set('StartBuildCommand', [quota]);

    await handle(started());

    expect(first.failure).toMatchObject({
      type: 'SystemUnavailable',
      message: expect.stringContaining('[lanes/build-not-started]'),
    });
    expect([...pipeline.builds.keys()]).toEqual(['job-2']);
  });

  it('throws what fails before a job is acknowledged, after the other jobs are done', async () => {
    pipeline.addJob('job-1');
    pipeline.addJob('job-2');
    const throttled = Object.assign(new Error('slow'), { name: 'ThrottlingException', $metadata: {} });
    pipeline.faults.set('AcknowledgeJobCommand', [throttled]);

    await expect(handle(started())).rejects.toMatchObject({ code: 'job-protocol/aws-unavailable', retryable: true });
    expect([...pipeline.builds.keys()]).toEqual(['job-2']);

    await handle(started());

    expect([...pipeline.builds.keys()]).toEqual(['job-2', 'job-1']);
  });
});

describe('the sweep', () => {
  it('takes what was missed, and does not wait', async () => {
    pipeline.addJob('job-1');

    await handle({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });
    await handle({ sweep: true });

    expect(pipeline.builds.size).toBe(1);
    expect(pipeline.nowMs).toBe(0);
  });
});

describe('a build ended', () => {
  const failedPhase = (type: string, context: string) => ({
    'phase-type': type,
    'phase-status': 'FAILED',
    'phase-context': [context],
  });

  it.each([
    ['FAILED', [failedPhase('BUILD', 'COMMAND_EXECUTION_ERROR: exit 1')], 'JobFailed', 'in phase BUILD (COMMAND'],
    ['FAILED', [failedPhase('DOWNLOAD_SOURCE', 'AccessDenied: no')], 'PermissionError', 'DOWNLOAD_SOURCE'],
    [
      'FAILED',
      [failedPhase('PROVISIONING', 'BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE')],
      'ConfigurationError',
      'PULL_IMAGE',
    ],
    ['FAULT', [], 'SystemUnavailable', 'was lost'],
    ['STOPPED', [], 'JobFailed', 'was stopped'],
    ['TIMED_OUT', [], 'JobFailed', 'timeout'],
    ['SUCCEEDED', [], 'JobFailed', 'without reporting'],
  ])('%s without a result fails the job', async (status, phases, type, text) => {
    const job = pipeline.addJob('job-1');
    await handle(started());

    await handle(ended(status, 'job-1', phases));

    expect(job.failure).toMatchObject({ type, externalExecutionId: 'clone:8f5f' });
    expect(job.failure?.message).toContain(text);
    expect(job.failure?.message).toContain('https://console.example/log');
  });

  it('changes nothing for a job that has its result, twice', async () => {
    const job = pipeline.addJob('job-1');
    job.status = 'Succeeded';

    await handle(ended('SUCCEEDED', 'job-1'));
    await handle(ended('FAILED', 'job-1'));

    expect(job.status).toBe('Succeeded');
  });

  it('ignores a build that a person started', async () => {
    await handle(ended('FAILED', undefined));

    expect(pipeline.lines.at(-1)?.message).toBe('build has no job');
  });
});

describe('any other event', () => {
  it.each([null, 'text', {}, { source: 'aws.s3' }])('%j is refused', async (event) => {
    await expect(handle(event)).rejects.toMatchObject({ code: 'events/event-invalid' });
  });
});

describe('readConfig', () => {
  it('names every missing or wrong variable at once', () => {
    expect(() => readConfig({ ACTION_PROVIDER: '', ACTION_VERSION: 'much too long' })).toThrow(
      /ACTION_PROVIDER is not set.*ACTION_VERSION is not of the form/,
    );
  });
});
