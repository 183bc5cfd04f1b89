import { beforeEach, describe, expect, it } from 'vitest';
import { FakePipeline } from '../test/fake-pipeline.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const FUNCTION = { ACTION_PROVIDER: 'Gitsource', ACTION_VERSION: '1', FETCH_FUNCTION_NAME: 'fetch' };
const BOTH = { ...FUNCTION, BUILD_PROJECT_NAME: 'clone' };
const SOURCE = { GitUrl: 'https://git.example.com/team/app.git', Branch: 'main' };

let pipeline: FakePipeline;
beforeEach(() => {
  pipeline = new FakePipeline();
});

const sweep = (environment: Readonly<Record<string, string>>) =>
  createHandler(pipeline.ports, readConfig(environment))({ sweep: true });

function refuse(call: string, name: string, httpStatusCode: number): void {
  const error = Object.assign(new Error('not now'), { name, $metadata: { httpStatusCode } });
  pipeline.faults.set(call, [...(pipeline.faults.get(call) ?? []), error]);
}

describe('startJob', () => {
  it('gives each job to one lane, once, whatever tells of it', async () => {
    pipeline.addJob('fast', 0, 'e', SOURCE);
    pipeline.addJob('lfs', 0, 'e', { ...SOURCE, GitLfs: 'true' });

    await Promise.all([sweep(BOTH), sweep(BOTH), sweep(BOTH)]);
    await sweep(BOTH);

    expect(pipeline.invocations).toEqual([{ jobId: 'fast' }]);
    expect([...pipeline.builds.keys()]).toEqual(['lfs']);
    const started = pipeline.lines.filter(({ message }) => message === 'job started').map(({ fields }) => fields);
    expect(started).toHaveLength(2);
    expect(started).toContainEqual(expect.objectContaining({ jobId: 'fast', lane: 'function' }));
    expect(started).toContainEqual(expect.objectContaining({ jobId: 'lfs', lane: 'build', why: 'GitLfs is "true"' }));
  });

  it('starts the build of a job that Lambda does not take', async () => {
    const job = pipeline.addJob('job-1', 0, 'e', SOURCE);
    refuse('InvokeCommand', 'TooManyRequestsException', 429);

    await sweep(BOTH);

    expect(pipeline.invocations).toEqual([]);
    expect([...pipeline.builds.keys()]).toEqual(['job-1']);
    expect(job.status).toBe('InProgress');
  });

  it.each([
    ['TooManyRequestsException', 429, 'SystemUnavailable'],
    ['AccessDeniedException', 403, 'PermissionError'],
  ])('fails the job where Lambda says %s and there is no build', async (name, status, type) => {
    const job = pipeline.addJob('job-1', 0, 'e', SOURCE);
    refuse('InvokeCommand', name, status);

    await sweep(FUNCTION);

    expect(job.failure).toMatchObject({ type, message: expect.stringContaining('[custom-action/fetch-not-started]') });
    expect(job.failure?.message).toContain(name);
  });

  it('fails the job once where neither lane takes it', async () => {
    const job = pipeline.addJob('job-1', 0, 'e', SOURCE);
    refuse('InvokeCommand', 'ServiceException', 500);
    refuse('StartBuildCommand', 'AccountLimitExceededException', 400);

    await sweep(BOTH);

    expect(job.failure?.message).toContain('[lanes/build-not-started]');
    expect(job.status).toBe('Failed');
  });
});
