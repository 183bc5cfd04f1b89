import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  GetJobDetailsCommand,
  InvalidJobStateException,
  InvalidNonceException,
  JobNotFoundException,
  type JobStatus,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { parseCommitSha } from '@gitsource/events';
import { beforeEach, describe, expect, it } from 'vitest';
import { acknowledgeJob, pollForJobs, putJobFailure, putJobSuccess, readJobDetails } from './index.ts';

const TYPE = { provider: 'Gitsource', version: '1' };
const $metadata = {};

/** One job with CodePipeline's rules: a new nonce per poll until acknowledged, one result. */
class OneJobPipeline {
  status: JobStatus = 'Queued';
  nonce = 0;
  result: object | undefined;
  data: object = {
    actionConfiguration: { configuration: { Branch: 'main' } },
    pipelineContext: { pipelineName: 'sample', pipelineExecutionId: 'e-1', action: { name: 'Checkout' } },
    outputArtifacts: [{ name: 'Out', location: { s3Location: { bucketName: 'store', objectKey: 'a/b/c' } } }],
    artifactCredentials: { accessKeyId: 'AKIA', secretAccessKey: 'hidden', sessionToken: 'hidden' },
  };

  answer(command: unknown): object {
    if (command instanceof PollForJobsCommand) {
      if (this.status !== 'Queued') return { jobs: [] };
      this.nonce += 1;
      return { jobs: [{ id: 'job-1', nonce: String(this.nonce), data: this.data }] };
    }
    if (command instanceof AcknowledgeJobCommand) {
      if (command.input.nonce !== String(this.nonce)) throw new InvalidNonceException({ message: 'nonce', $metadata });
      this.status = this.status === 'Queued' ? 'InProgress' : this.status;
      return { status: this.status };
    }
    if (command instanceof GetJobDetailsCommand) {
      if (command.input.jobId !== 'job-1') throw new JobNotFoundException({ message: 'no', $metadata });
      return { jobDetails: { id: 'job-1', data: this.data } };
    }
    if (command instanceof PutJobSuccessResultCommand || command instanceof PutJobFailureResultCommand) {
      if (this.status !== 'InProgress') throw new InvalidJobStateException({ message: 'state', $metadata });
      this.status = command instanceof PutJobSuccessResultCommand ? 'Succeeded' : 'Failed';
      this.result = command.input;
      return {};
    }
    throw new Error('not a call of the job protocol');
  }

  get client(): Pick<CodePipelineClient, 'send'> {
    const send = async (command: unknown) => this.answer(command);
    // The client's many overloads stand for one call by command, which is all the verbs make.
    return { send: send as CodePipelineClient['send'] };
  }
}

let pipeline: OneJobPipeline;
beforeEach(() => {
  pipeline = new OneJobPipeline();
});

const SUCCESS = { revision: parseCommitSha('ab'.repeat(20)), revisionSummary: '', summary: 'x'.repeat(3000) };

describe('pollForJobs and acknowledgeJob', () => {
  it('offer a job without its credentials, and give it to one worker only', async () => {
    const [first] = await pollForJobs(pipeline.client, TYPE);
    const [second] = await pollForJobs(pipeline.client, TYPE);

    expect(first).toEqual({
      id: 'job-1',
      nonce: '1',
      pipelineName: 'sample',
      executionId: 'e-1',
      actionName: 'Checkout',
      configuration: { Branch: 'main' },
    });
    expect(await acknowledgeJob(pipeline.client, second ?? { id: '', nonce: '' })).toBe('acknowledged');
    expect(await acknowledgeJob(pipeline.client, first ?? { id: '', nonce: '' })).toBe('taken');
    expect(await pollForJobs(pipeline.client, TYPE)).toEqual([]);
  });

  it('say that a job is finished', async () => {
    const [job] = await pollForJobs(pipeline.client, TYPE);
    pipeline.status = 'TimedOut';

    expect(await acknowledgeJob(pipeline.client, job ?? { id: '', nonce: '' })).toBe('finished');
  });
});

describe('readJobDetails', () => {
  it('reads the place of the artifact; a missing key means the default key', async () => {
    const details = await readJobDetails(pipeline.client, 'job-1');

    expect(details).toMatchObject({ outputArtifact: { bucket: 'store', key: 'a/b/c' }, executionId: 'e-1' });
    expect(details).not.toHaveProperty('encryptionKeyId');
  });

  it('names a job that is not there or has no output artifact', async () => {
    await expect(readJobDetails(pipeline.client, 'job-2')).rejects.toMatchObject({ code: 'job-protocol/job-missing' });
    pipeline.data = { ...pipeline.data, outputArtifacts: [] };
    await expect(readJobDetails(pipeline.client, 'job-1')).rejects.toMatchObject({
      code: 'job-protocol/job-incomplete',
      fault: 'configuration',
    });
  });
});

describe('putJobSuccess and putJobFailure', () => {
  it('keep the limits, and say of a second result that the job is finished', async () => {
    pipeline.status = 'InProgress';

    expect(await putJobSuccess(pipeline.client, 'job-1', SUCCESS)).toBe('put');

    expect(pipeline.result).toMatchObject({
      currentRevision: { revision: SUCCESS.revision, revisionSummary: '(no message)' },
      executionDetails: { percentComplete: 100, summary: `${'x'.repeat(2047)}…` },
    });
    expect(await putJobSuccess(pipeline.client, 'job-1', SUCCESS)).toBe('already-finished');
    expect(await putJobFailure(pipeline.client, 'job-1', { type: 'JobFailed', message: 'late' })).toBe(
      'already-finished',
    );
  });

  it('leave out the date of a commit that says none, which is no JSON', async () => {
    pipeline.status = 'InProgress';

    await putJobSuccess(pipeline.client, 'job-1', { ...SUCCESS, created: new Date('') });

    expect(pipeline.result).toMatchObject({ currentRevision: { revision: SUCCESS.revision } });
    expect(pipeline.result).not.toHaveProperty('currentRevision.created');
  });
});
