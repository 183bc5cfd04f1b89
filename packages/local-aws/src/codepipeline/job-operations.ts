import { randomUUID } from 'node:crypto';
import type {
  AcknowledgeJobCommandInput,
  AcknowledgeJobOutput,
  GetJobDetailsCommandInput,
  GetJobDetailsOutput,
  Job,
  PollForJobsCommandInput,
  PollForJobsOutput,
  PutJobFailureResultCommandInput,
  PutJobSuccessResultCommandInput,
} from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { describe, type Outcome } from './action-runs.ts';
import { typeKey } from './action-types.ts';
import { actionTypeArn } from './arns.ts';
import { queueJob } from './custom-runner.ts';
import { readTypeId } from './declaration.ts';
import { acknowledged, dispatched, finished, isPollable, type JobRecord } from './job-state.ts';
import { jobData } from './job-view.ts';
import { type Api, allow, operation } from './operation.ts';
import { actionUrl } from './url-templates.ts';
import { checkPoll, checkSuccess } from './validate-job.ts';

export function jobOperations(api: Api) {
  return {
    PollForJobs: operation(
      (input: PollForJobsCommandInput) =>
        allow('PollForJobs', actionTypeArn(api.cloud, readTypeId(input.actionTypeId))),
      async (input): Promise<PollForJobsOutput> => ({ jobs: await poll(api, input) }),
    ),
    AcknowledgeJob: operation(
      () => allow('AcknowledgeJob'),
      (input: AcknowledgeJobCommandInput): AcknowledgeJobOutput => acknowledge(api, input),
    ),
    GetJobDetails: operation(
      () => allow('GetJobDetails'),
      async (input: GetJobDetailsCommandInput): Promise<GetJobDetailsOutput> => {
        const job = jobNamed(api, input.jobId);
        const { run, execution } = originOf(api, job);
        const data = await jobData(api, job, run, execution);
        return { jobDetails: { id: job.id, accountId: api.cloud.accountId, data } };
      },
    ),
    PutJobSuccessResult: operation(
      () => allow('PutJobSuccessResult'),
      (input: PutJobSuccessResultCommandInput) => succeed(api, input),
    ),
    PutJobFailureResult: operation(
      () => allow('PutJobFailureResult'),
      (input: PutJobFailureResultCommandInput) => fail(api, input),
    ),
  };
}

async function poll(api: Api, input: PollForJobsCommandInput): Promise<Job[]> {
  const { store, cloud, times } = api;
  const wanted = checkPoll(api, input);
  const jobs = [...store.jobs.values()]
    .filter((job) => isPollable(job, cloud.now(), times.jobLeaseMs))
    .map((job) => ({ job, ...originOf(api, job) }))
    .filter(({ run }) => typeKey(run.typeId) === wanted.type)
    .filter(({ run }) =>
      Object.entries(wanted.query).every(([key, value]) => run.resolvedConfiguration[key] === value),
    );
  // Taken before anything is awaited, so that no other poll sees them.
  const taken = jobs.slice(0, input.maxBatchSize ?? 1).map(({ job, ...origin }) => {
    const handedOut = dispatched(job, cloud.now(), randomUUID());
    store.jobs.set(job.id, handedOut);
    return { job: handedOut, ...origin };
  });
  return Promise.all(
    taken.map(async ({ job, run, execution }) => {
      const data = await jobData(api, job, run, execution);
      return { id: job.id, nonce: job.nonce, accountId: cloud.accountId, data };
    }),
  );
}

function acknowledge(api: Api, input: AcknowledgeJobCommandInput): AcknowledgeJobOutput {
  const after = acknowledged(jobNamed(api, input.jobId), input.nonce ?? '');
  if (after === 'invalid-nonce') {
    throw new ServiceError(
      'InvalidNonceException',
      `The nonce is not the current one of job ${input.jobId}: another worker has it.`,
    );
  }
  api.store.jobs.set(after.id, after);
  return { status: after.status };
}

function succeed(api: Api, input: PutJobSuccessResultCommandInput): void {
  const before = jobNamed(api, input.jobId);
  checkSuccess(input);
  const job = takeResult(api, before, 'Succeeded');
  const { run } = originOf(api, job);
  const revision = input.currentRevision;
  const details = executionDetails(api, job, input.executionDetails);
  const url = actionUrl(api, run, 'revisionUrlTemplate', details.externalExecutionId);
  if (input.continuationToken !== undefined) {
    describe(run, details);
    api.store.actionRuns.set(run.id, run);
    queueJob(api, api.engine, { ...job, continuationToken: input.continuationToken });
    return;
  }
  api.engine.finish(run.id, {
    status: 'Succeeded',
    ...details,
    outputVariables: input.outputVariables,
    revision: revision && {
      revisionId: revision.revision ?? '',
      ...(revision.changeIdentifier === undefined ? {} : { changeId: revision.changeIdentifier }),
      ...(revision.revisionSummary === undefined ? {} : { summary: revision.revisionSummary }),
      created: revision.created?.getTime() ?? api.cloud.now(),
      ...(url === undefined ? {} : { url }),
    },
  });
}

function fail(api: Api, input: PutJobFailureResultCommandInput): void {
  const job = takeResult(api, jobNamed(api, input.jobId), 'Failed');
  const { type, message, externalExecutionId } = input.failureDetails ?? {};
  const details = executionDetails(api, job, { externalExecutionId });
  api.engine.finish(job.actionRunId, {
    status: 'Failed',
    ...details,
    error: { code: type ?? 'JobFailed', message: message ?? '' },
  });
}

function executionDetails(
  api: Api,
  job: JobRecord,
  given: PutJobSuccessResultCommandInput['executionDetails'],
): Pick<Outcome, 'summary' | 'externalExecutionId' | 'externalExecutionUrl' | 'percentComplete'> {
  const { run } = originOf(api, job);
  const externalExecutionId = given?.externalExecutionId ?? undefined;
  const url = actionUrl(api, run, 'executionUrlTemplate', externalExecutionId);
  return {
    summary: given?.summary,
    externalExecutionId,
    externalExecutionUrl: externalExecutionId === undefined ? undefined : url,
    percentComplete: given?.percentComplete,
  };
}

function takeResult(api: Api, job: JobRecord, status: 'Succeeded' | 'Failed'): JobRecord {
  const after = finished(job, status);
  if (after === 'invalid-state') {
    throw new ServiceError(
      'InvalidJobStateException',
      `Job ${job.id} is ${job.status}; only a job that is InProgress takes a result.`,
    );
  }
  api.store.jobs.set(after.id, after);
  return after;
}

function jobNamed(api: Api, id: string | undefined): JobRecord {
  const job = api.store.jobs.get(id ?? '');
  if (job !== undefined) return job;
  throw new ServiceError('JobNotFoundException', `There is no job with ID ${id}.`);
}

function originOf(api: Api, job: JobRecord) {
  const run = api.store.actionRuns.get(job.actionRunId);
  const execution = api.store.executions.get(job.executionId);
  if (run !== undefined && execution !== undefined) return { run, execution };
  throw new ServiceError('JobNotFoundException', `The pipeline of job ${job.id} no longer exists.`);
}
