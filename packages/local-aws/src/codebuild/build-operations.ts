import type * as codebuild from '@aws-sdk/client-codebuild';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { BuildQueue } from './build-queue.ts';
import { buildView } from './build-view.ts';
import { page } from './page.ts';
import { passRole } from './project-operations.ts';
import { startBuild } from './start-build.ts';
import type { BuildStore } from './store.ts';

export function buildOperations(store: BuildStore, queue: BuildQueue): Service['operations'] {
  return {
    StartBuild: operation(
      (input: codebuild.StartBuildInput) => [
        store.permission('StartBuild', input.projectName),
        ...passRole(input.serviceRoleOverride),
      ],
      (input, { principal }): codebuild.StartBuildOutput => {
        return { build: buildView(store.cloud, startBuild(store, queue, input, principal)) };
      },
    ),
    StopBuild: operation(
      (input: codebuild.StopBuildInput) => [store.permission('StopBuild', input.id)],
      (input): codebuild.StopBuildOutput => {
        const id = store.buildId(input.id);
        const build = store.builds.get(id);
        if (build === undefined) {
          throw new ServiceError('ResourceNotFoundException', `Build cannot be found: ${store.arn('build', id)}`);
        }
        queue.stopBuild(id);
        return { build: buildView(store.cloud, build) };
      },
    ),
    BatchGetBuilds: operation(
      (input: codebuild.BatchGetBuildsInput) => (input.ids ?? []).map((id) => store.permission('BatchGetBuilds', id)),
      (input): codebuild.BatchGetBuildsOutput => {
        const found = (input.ids ?? []).map((id) => store.builds.get(store.buildId(id)));
        return {
          builds: found.flatMap((build) => (build === undefined ? [] : [buildView(store.cloud, build)])),
          buildsNotFound: (input.ids ?? []).filter((_id, index) => found[index] === undefined),
        };
      },
    ),
    ListBuilds: operation(
      (_input: codebuild.ListBuildsInput) => permit('codebuild:ListBuilds'),
      (input): codebuild.ListBuildsOutput => listIds(store, input),
    ),
    ListBuildsForProject: operation(
      (input: codebuild.ListBuildsForProjectInput) => [store.permission('ListBuildsForProject', input.projectName)],
      (input): codebuild.ListBuildsForProjectOutput => listIds(store, input, store.project(input.projectName).name),
    ),
  };
}

/** The newest first. */
function listIds(
  store: BuildStore,
  { sortOrder, nextToken }: codebuild.ListBuildsInput,
  projectName?: string,
): { ids: string[]; nextToken?: string } {
  const builds = [...store.builds.values()].filter((build) => {
    return projectName === undefined || build.projectName === projectName;
  });
  if (sortOrder !== 'ASCENDING') builds.reverse();
  const { items, next } = page(builds, nextToken);
  return { ids: items.map(({ id }) => id), ...next };
}
