import type { LambdaFailureEvent } from '@gitsource/events';
import { failureDetails, putJobFailure } from '@gitsource/job-protocol';
import type { Config } from './config.ts';
import { CustomActionError } from './errors.ts';
import type { Ports } from './ports.ts';
import { build } from './start-job.ts';

/**
 * The net under every function: a job whose function was ended in its middle goes to the build, which is its only worker then;
 * without a build lane it fails. The function puts a result, or hands over, in its last act, so neither has happened yet, but
 * for a result that CodePipeline has and Lambda does not know of: that job is finished, which CodePipeline answers.
 */
export async function reportFetch(ports: Ports, config: Config, event: LambdaFailureEvent): Promise<void> {
  const { codePipeline, log } = ports;
  const { functionName, errorType, condition } = event;
  const jobId = jobIdOf(event.requestPayload);
  const fields = { jobId, functionName, errorType, condition };
  if (functionName !== config.fetchFunctionName || jobId === undefined) {
    log.debug('function needs no report', fields);
    return;
  }
  let failure = fetchError(event);
  if (config.buildProjectName !== undefined) {
    try {
      const buildId = await build(ports, config.buildProjectName, jobId);
      log.warn('function ended without a result; a build does its job', { ...fields, buildId });
      return;
    } catch (error) {
      failure = error;
    }
  }
  const result = await putJobFailure(codePipeline, jobId, failureDetails(failure));
  if (result === 'put') log.warn('function ended without a result; its job failed', fields);
  else log.info('job has its result', fields);
}

function jobIdOf(payload: unknown): string | undefined {
  const isObject = typeof payload === 'object' && payload !== null && 'jobId' in payload;
  return isObject && typeof payload.jobId === 'string' ? payload.jobId : undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
function fetchError({ errorType = '', errorMessage = '', condition, requestId }: LambdaFailureEvent): unknown {
  const log = requestId === undefined ? '' : ` Its log has the request ${requestId}.`;
  if (condition === 'EventAgeExceeded') {
    const remedy = "Raise the function's concurrency, then retry the stage.";
    return new CustomActionError(
      'custom-action/fetch-not-started',
      'unavailable',
      `The function had no place for the job for too long. ${remedy}`,
    );
  }
  if (/timed ?out/i.test(`${errorType} ${errorMessage}`)) {
    const remedy = 'Raise FunctionTimeoutSeconds, or deploy the stack with Lanes set to BOTH.';
    return new CustomActionError(
      'custom-action/fetch-timed-out',
      'failed',
      `The function's time was over before the artifact was done. ${remedy}${log}`,
    );
  }
  if (/signal: killed|OutOfMemory|memory/i.test(`${errorType} ${errorMessage}`)) {
    const remedy = 'Raise FunctionMemory, or deploy the stack with Lanes set to BOTH.';
    return new CustomActionError(
      'custom-action/fetch-out-of-memory',
      'failed',
      `The function's memory did not suffice. ${remedy}${log}`,
    );
  }
  return new CustomActionError(
    'custom-action/fetch-failed',
    'failed',
    `The function ended without the result of its job (${errorType || 'no reason'}). Read its log, then retry the stage.${log}`,
  );
}
