import { type CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { readAwsFailure } from '@gitsource/runtime';
import { LanesError } from './errors.ts';

/** The only value of a job that crosses into its build. */
export const JOB_ID_VARIABLE = 'CODEPIPELINE_JOB_ID';

export interface BuildStart {
  readonly projectName: string;
  /** Asked twice with the same token within five minutes, CodeBuild starts one build. At most 64 characters. */
  readonly idempotencyToken: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Starts a build of the build lane and returns its ID, `project:uuid`. Throws `lanes/build-project-missing`,
 * `lanes/build-not-started`.
 */
export async function startBuild(
  codeBuild: Pick<CodeBuildClient, 'send'>,
  { projectName, idempotencyToken, variables }: BuildStart,
): Promise<string> {
  const environmentVariablesOverride = Object.entries(variables).map(
    ([name, value]) => ({ name, value, type: 'PLAINTEXT' }) as const,
  );
  try {
    const { build } = await codeBuild.send(
      new StartBuildCommand({ projectName, idempotencyToken, environmentVariablesOverride }),
    );
    return build?.id ?? '';
  } catch (error) {
    throw startError(projectName, error);
  }
}

function startError(projectName: string, error: unknown): LanesError {
  const failure = readAwsFailure(error);
  if (failure?.name === 'ResourceNotFoundException') {
    return new LanesError(
      'lanes/build-project-missing',
      'configuration',
      `There is no CodeBuild project ${projectName}. Deploy the stack's template again.`,
      { cause: error },
    );
  }
  const reason = failure === undefined ? String(error) : `${failure.name}: ${failure.message}`;
  return new LanesError(
    'lanes/build-not-started',
    failure?.fault ?? 'failed',
    `CodeBuild did not start a build of ${projectName} (${reason}). Check the project, its quota of concurrent builds and the function's policy, then retry the stage.`,
    { cause: error },
  );
}
