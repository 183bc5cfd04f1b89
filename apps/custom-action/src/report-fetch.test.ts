import { beforeEach, describe, expect, it } from 'vitest';
import { FakePipeline } from '../test/fake-pipeline.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const FUNCTION = { ACTION_PROVIDER: 'Gitsource', ACTION_VERSION: '1', FETCH_FUNCTION_NAME: 'fetch' };
const BOTH = { ...FUNCTION, BUILD_PROJECT_NAME: 'clone' };
const KILLED = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: r Error: Runtime exited: signal: killed' };
const TIMED_OUT = { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: r Error: Task timed out after 60.00 s' };

interface Lost {
  readonly condition?: string;
  readonly requestPayload?: unknown;
  readonly responsePayload?: object | null;
  readonly functionName?: string;
}

/** As Lambda tells the bus. */
function lost({ functionName = 'fetch', requestPayload = { jobId: 'job-1' }, ...told }: Lost = {}): object {
  const { condition = 'RetriesExhausted', responsePayload = KILLED } = told;
  const functionArn = `arn:aws:lambda:eu-central-1:111122223333:function:${functionName}:$LATEST`;
  return {
    source: 'lambda',
    'detail-type': 'Lambda Function Invocation Result - Failure',
    detail: { requestContext: { functionArn, condition, requestId: 'r' }, requestPayload, responsePayload },
  };
}

let pipeline: FakePipeline;
beforeEach(() => {
  pipeline = new FakePipeline();
  pipeline.addJob('job-1').status = 'InProgress';
});

const handle = (environment: Readonly<Record<string, string>>, event: object) =>
  createHandler(pipeline.ports, readConfig(environment))(event);
const job = () => pipeline.jobs.get('job-1');

describe('a function that Lambda ended', () => {
  it.each([
    ['for its time', { responsePayload: TIMED_OUT }],
    ['for its memory', { responsePayload: KILLED }],
    ['before it began', { condition: 'EventAgeExceeded', responsePayload: null }],
  ])('%s leaves its job to one build, however often that is told', async (_, told) => {
    await handle(BOTH, lost(told));
    await Promise.all([handle(BOTH, lost(told)), handle(BOTH, lost(told))]);

    expect([...pipeline.builds.values()]).toEqual([
      {
        projectName: 'clone',
        idempotencyToken: 'job-1',
        environmentVariablesOverride: [{ name: 'CODEPIPELINE_JOB_ID', value: 'job-1', type: 'PLAINTEXT' }],
      },
    ]);
    expect(job()?.status).toBe('InProgress');
  });

  it.each([
    ['custom-action/fetch-timed-out', 'JobFailed', { responsePayload: TIMED_OUT }],
    ['custom-action/fetch-out-of-memory', 'JobFailed', { responsePayload: KILLED }],
    ['custom-action/fetch-out-of-memory', 'JobFailed', { responsePayload: { errorType: 'Runtime.OutOfMemory' } }],
    ['custom-action/fetch-not-started', 'SystemUnavailable', { condition: 'EventAgeExceeded', responsePayload: null }],
    ['custom-action/fetch-failed', 'JobFailed', { responsePayload: { errorType: 'Error', errorMessage: 'x' } }],
    ['custom-action/fetch-failed', 'JobFailed', { responsePayload: null }],
  ])('fails its job with %s where the stack has no build', async (code, type, told) => {
    await handle(FUNCTION, lost(told));

    expect(job()?.failure).toMatchObject({ type, message: expect.stringContaining(`[${code}]`) });
    expect(job()?.failure?.message).toMatch(/retry the stage|Lanes set to BOTH/);
    expect(pipeline.builds.size).toBe(0);
  });

  it('fails its job with the reason of CodeBuild where no build can start', async () => {
    const gone = Object.assign(new Error('no'), { name: 'ResourceNotFoundException', $metadata: {} });
    pipeline.faults.set('StartBuildCommand', [gone]);

    await handle(BOTH, lost());

    expect(job()?.failure?.message).toContain('[lanes/build-project-missing]');
  });

  it('changes nothing of a job that has its result, also when it is told twice', async () => {
    await handle(FUNCTION, lost({ responsePayload: TIMED_OUT }));
    await handle(FUNCTION, lost({ responsePayload: KILLED }));

    expect(job()?.failure?.message).toContain('fetch-timed-out');
    expect(pipeline.lines.at(-1)?.message).toBe('job has its result');
  });

  it.each([
    ['of another function', { functionName: 'other' }],
    ['of a push', { requestPayload: { detail: {} } }],
    ['without a payload', { requestPayload: null }],
  ])('is none of its own where the event is %s', async (_, told) => {
    await handle(BOTH, lost(told));

    expect(pipeline.builds.size).toBe(0);
    expect(job()?.status).toBe('InProgress');
  });
});
