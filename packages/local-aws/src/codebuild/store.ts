import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';
import type { BuildRecord, ProjectRecord } from './records.ts';

/** Projects by name and builds by id. */
export class BuildStore {
  readonly cloud: Cloud;
  readonly projects: Collection<ProjectRecord>;
  readonly builds: Collection<BuildRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.projects = cloud.collection('codebuild/projects');
    this.builds = cloud.collection('codebuild/builds');
  }

  arn(kind: 'project' | 'build', name: string): string {
    const { partition, region, accountId } = this.cloud;
    return `arn:${partition}:codebuild:${region}:${accountId}:${kind}/${name}`;
  }

  /** A project's name from its name or ARN. */
  projectName(nameOrArn: string | undefined): string {
    return (nameOrArn ?? '').split(':project/').at(-1) ?? '';
  }

  /** A build's id from its id or ARN. */
  buildId(idOrArn: string | undefined): string {
    return (idOrArn ?? '').split(':build/').at(-1) ?? '';
  }

  project(nameOrArn: string | undefined): ProjectRecord {
    const name = this.projectName(nameOrArn);
    const project = this.projects.get(name);
    if (project !== undefined) return project;
    throw new ServiceError('ResourceNotFoundException', `Project cannot be found: ${this.arn('project', name)}`);
  }

  save(build: BuildRecord): void {
    this.builds.set(build.id, build);
  }

  /** Builds are authorised on their project. */
  permission(action: string, nameOrId: string | undefined): Permission {
    const name = this.projectName(this.buildId(nameOrId)).split(':')[0] ?? '';
    return { action: `codebuild:${action}`, resource: this.arn('project', name) };
  }
}

export function invalidInput(message: string): ServiceError {
  return new ServiceError('InvalidInputException', message);
}
