import { InvokeCommand } from '@aws-sdk/client-lambda';
import { JOB_ID_VARIABLE, type LaneChoice, startBuild } from '@gitsource/lanes/dispatch';
import { readAwsFailure } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { CustomActionError } from './errors.ts';
import type { Ports } from './ports.ts';

/** What works on a job now. */
export type StartedJob =
  | { readonly lane: 'function'; readonly why: string }
  | { readonly lane: 'build'; readonly why: string; readonly buildId: string };

/**
 * Gives a job to its lane, or to the build where the function cannot be invoked. Throws `custom-action/fetch-not-started`,
 * `lanes/build-project-missing`, `lanes/build-not-started`.
 */
export async function startJob(ports: Ports, config: Config, jobId: string, choice: LaneChoice): Promise<StartedJob> {
  const { fetchFunctionName, buildProjectName } = config;
  if (choice.lane === 'function' && fetchFunctionName !== undefined) {
    try {
      await invoke(ports, fetchFunctionName, jobId);
      return { lane: 'function', why: choice.why };
    } catch (error) {
      if (buildProjectName === undefined) throw error;
      ports.log.warn('function did not start', { jobId, error });
      return { lane: 'build', why: 'the function did not start', buildId: await build(ports, buildProjectName, jobId) };
    }
  }
  return { lane: 'build', why: choice.why, buildId: await build(ports, buildProjectName ?? '', jobId) };
}

/** The job's own ID makes it one build, however often it is asked for. */
export function build({ codeBuild }: Pick<Ports, 'codeBuild'>, projectName: string, jobId: string): Promise<string> {
  return startBuild(codeBuild, { projectName, idempotencyToken: jobId, variables: { [JOB_ID_VARIABLE]: jobId } });
}

/** Not waited for: Lambda answers when it has the event. */
async function invoke({ lambda }: Pick<Ports, 'lambda'>, functionName: string, jobId: string): Promise<void> {
  const Payload = JSON.stringify({ jobId });
  try {
    await lambda.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
  } catch (error) {
    const failure = readAwsFailure(error);
    const reason = failure === undefined ? String(error) : `${failure.name}: ${failure.message}`;
    throw new CustomActionError(
      'custom-action/fetch-not-started',
      failure?.fault ?? 'failed',
      `Lambda did not take the job for ${functionName} (${reason}). Check the function and this function's policy, then retry the stage.`,
      { cause: error },
    );
  }
}
