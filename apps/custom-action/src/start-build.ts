import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { readAwsFailure } from '@gitsource/runtime';
import { CustomActionError } from './errors.ts';
import { JOB_ID_VARIABLE, type Ports } from './ports.ts';

/**
 * Starts the build of one job and returns its ID, `project:uuid`. The job id is the idempotency token: asked twice,
 * CodeBuild starts one build. Throws `custom-action/build-project-missing`, `custom-action/build-not-started`.
 */
export async function startBuild(
  { codeBuild }: Pick<Ports, 'codeBuild'>,
  projectName: string,
  jobId: string,
): Promise<string> {
  try {
    const { build } = await codeBuild.send(
      new StartBuildCommand({
        projectName,
        idempotencyToken: jobId,
        environmentVariablesOverride: [{ name: JOB_ID_VARIABLE, value: jobId, type: 'PLAINTEXT' }],
      }),
    );
    return build?.id ?? '';
  } catch (error) {
    throw startError(projectName, error);
  }
}

function startError(projectName: string, error: unknown): CustomActionError {
  const failure = readAwsFailure(error);
  if (failure?.name === 'ResourceNotFoundException') {
    return new CustomActionError(
      'custom-action/build-project-missing',
      'configuration',
      `There is no CodeBuild project ${projectName}. Deploy the custom action's template again.`,
      { cause: error },
    );
  }
  const reason = failure === undefined ? String(error) : `${failure.name}: ${failure.message}`;
  return new CustomActionError(
    'custom-action/build-not-started',
    failure?.fault ?? 'failed',
    `CodeBuild did not start a build of ${projectName} (${reason}). Check the project, its quota of concurrent builds and the function's policy, then retry the stage.`,
    { cause: error },
  );
}
