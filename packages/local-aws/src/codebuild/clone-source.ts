import { runGit } from '@gitsource/local-git';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { type UsedConnection, useConnection } from '../codeconnections/use-connection.ts';
import type { ClonePointer } from '../codepipeline/clone-pointer.ts';
import { BuildFailure } from './build-failure.ts';

/**
 * Clones what a full-clone source action points to, all history, at its commit. The build's own role must be allowed
 * UseConnection: https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html#codebuild-role-connections
 */
export async function cloneSource(
  cloud: Cloud,
  principal: Principal,
  pointer: ClonePointer,
  folder: string,
): Promise<void> {
  const { repositoryFolder } = await permitted(cloud, principal, pointer);
  if (repositoryFolder === undefined) {
    throw new BuildFailure('CLIENT_ERROR', `repository not found for primary source: ${pointer.fullRepositoryId}`);
  }
  await runGit(folder, ['clone', '--quiet', '--no-checkout', '--no-hardlinks', repositoryFolder, '.']);
  await runGit(folder, ['checkout', '--quiet', '--detach', pointer.commitId]);
}

/** In CodeBuild's words, as its users report them. */
async function permitted(cloud: Cloud, principal: Principal, pointer: ClonePointer): Promise<UsedConnection> {
  try {
    return await useConnection(cloud, principal, {
      ConnectionArn: pointer.connectionArn,
      FullRepositoryId: pointer.fullRepositoryId,
      BranchName: pointer.branchName,
      ProviderAction: 'GitPull',
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const message = `authorization failed for primary source and source version ${pointer.commitId}`;
    throw new BuildFailure('CLIENT_ERROR', `${message} (${error.code}: ${error.message})`);
  }
}
