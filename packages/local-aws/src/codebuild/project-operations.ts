import type * as codebuild from '@aws-sdk/client-codebuild';
import { operation, permit } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import { projectView } from './build-view.ts';
import { page } from './page.ts';
import { projectSettings } from './project-settings.ts';
import type { ProjectRecord } from './records.ts';
import { type BuildStore, invalidInput } from './store.ts';

export function projectOperations(store: BuildStore): Service['operations'] {
  return {
    CreateProject: operation(
      (input: codebuild.CreateProjectInput) => [
        store.permission('CreateProject', input.name),
        ...passRole(input.serviceRole),
      ],
      async (input): Promise<codebuild.CreateProjectOutput> => {
        const name = input.name ?? '';
        if (!/^[A-Za-z0-9][\w-]{1,254}$/.test(name)) throw invalidInput(`Invalid project name: ${name}`);
        if (store.projects.has(name)) {
          const arn = store.arn('project', name);
          throw new ServiceError('ResourceAlreadyExistsException', `Project already exists: ${arn}`);
        }
        const now = store.cloud.now();
        const settings = projectSettings(input);
        await checkRole(store, name, settings.serviceRole);
        const arn = store.arn('project', name);
        const project: ProjectRecord = { name, arn, created: now, lastModified: now, builds: 0, settings };
        store.projects.set(name, project);
        return { project: projectView(project) };
      },
    ),
    UpdateProject: operation(
      (input: codebuild.UpdateProjectInput) => [
        store.permission('UpdateProject', input.name),
        ...passRole(input.serviceRole),
      ],
      async (input): Promise<codebuild.UpdateProjectOutput> => {
        const project = store.project(input.name);
        const settings = projectSettings(input, project.settings);
        if (input.serviceRole !== undefined) await checkRole(store, project.name, settings.serviceRole);
        Object.assign(project, { settings, lastModified: store.cloud.now() });
        store.projects.set(project.name, project);
        return { project: projectView(project) };
      },
    ),
    DeleteProject: operation(
      (input: codebuild.DeleteProjectInput) => [store.permission('DeleteProject', input.name)],
      (input): codebuild.DeleteProjectOutput => {
        // Deleting what is not there succeeds, as on AWS; builds stay.
        store.projects.delete(store.projectName(input.name));
        return {};
      },
    ),
    BatchGetProjects: operation(
      (input: codebuild.BatchGetProjectsInput) => {
        return (input.names ?? []).map((name) => store.permission('BatchGetProjects', name));
      },
      (input): codebuild.BatchGetProjectsOutput => {
        const found = (input.names ?? []).map((name) => store.projects.get(store.projectName(name)));
        return {
          projects: found.flatMap((project) => (project === undefined ? [] : [projectView(project)])),
          projectsNotFound: (input.names ?? []).filter((_name, index) => found[index] === undefined),
        };
      },
    ),
    ListProjects: operation(
      (_input: codebuild.ListProjectsInput) => permit('codebuild:ListProjects'),
      (input): codebuild.ListProjectsOutput => {
        const projects = [...store.projects.values()];
        const key = { NAME: 'name', CREATED_TIME: 'created', LAST_MODIFIED_TIME: 'lastModified' } as const;
        const by = key[input.sortBy ?? 'NAME'];
        projects.sort((a, b) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
        if (input.sortOrder === 'DESCENDING') projects.reverse();
        const { items, next } = page(projects, input.nextToken);
        return { projects: items.map(({ name }) => name), ...next };
      },
    ),
  };
}

/** Giving a build a role needs iam:PassRole. */
export function passRole(role: string | undefined): Permission[] {
  if (role === undefined) return [];
  return [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'codebuild.amazonaws.com' } }];
}

async function checkRole(store: BuildStore, project: string, role: string): Promise<void> {
  try {
    await store.cloud.identities.assumeRole(
      role,
      'AWSCodeBuild',
      'codebuild.amazonaws.com',
      store.arn('project', project),
    );
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalidInput(
      `CodeBuild is not authorized to perform: sts:AssumeRole on service role ${role}: ${error.message}`,
    );
  }
}
