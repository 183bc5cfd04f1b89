import type { Cloud } from '../cloud/cloud.ts';
import { operation } from '../cloud/operation.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import { type ConnectionStore, connectionNamed, type Provider, prefixOf } from './connection-record.ts';

/** Which bare repository on this machine stands for a provider's, by its full name; undefined = there is none. */
export type ConnectedRepository = (fullRepositoryId: string) => string | undefined;

/** What a service does at the provider: https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html */
export interface ConnectionUse {
  readonly ConnectionArn: string;
  /** `owner/name`, `group/sub/project`; upper and lower case count. */
  readonly FullRepositoryId: string;
  readonly BranchName?: string;
  readonly ProviderAction: 'GetBranch' | 'StartUploadArchiveToS3' | 'GitPull';
}

export interface UsedConnection {
  readonly provider: Provider;
  /** Absent: the connection does not reach this repository. */
  readonly repositoryFolder?: string;
}

/** For the caller to try its own words on: the connection exists, but nobody has done its handshake. */
export const NOT_AVAILABLE = 'ResourceUnavailableException';

/**
 * UseConnection is a permission without an API operation, asked of the role that CodePipeline or CodeBuild works with.
 * A policy sees the repository, the branch and what is done there by its condition keys.
 */
export function useConnectionOperation(store: ConnectionStore, repository: ConnectedRepository): Service['operations'] {
  return {
    UseConnection: operation(
      (use: ConnectionUse): readonly Permission[] => [permission(use)],
      (use): UsedConnection => {
        const connection = connectionNamed(store, use.ConnectionArn);
        if (connection.status !== 'AVAILABLE') {
          throw new ServiceError(NOT_AVAILABLE, `Connection ${connection.arn} is ${connection.status}, not AVAILABLE.`);
        }
        const repositoryFolder = repository(use.FullRepositoryId);
        return { provider: connection.provider, ...(repositoryFolder === undefined ? {} : { repositoryFolder }) };
      },
    ),
  };
}

function permission(use: ConnectionUse): Permission {
  const prefix = prefixOf(use.ConnectionArn);
  const slash = use.FullRepositoryId.lastIndexOf('/');
  return {
    action: `${prefix}:UseConnection`,
    resource: use.ConnectionArn,
    context: {
      [`${prefix}:FullRepositoryId`]: use.FullRepositoryId,
      [`${prefix}:OwnerId`]: use.FullRepositoryId.slice(0, Math.max(slash, 0)),
      [`${prefix}:RepositoryName`]: use.FullRepositoryId.slice(slash + 1),
      [`${prefix}:ProviderAction`]: use.ProviderAction,
      [`${prefix}:ProviderPermissionsRequired`]: 'read_only',
      ...(use.BranchName === undefined ? {} : { [`${prefix}:BranchName`]: use.BranchName }),
    },
  };
}

/** Rejects with AccessDeniedException, ResourceNotFoundException or ResourceUnavailableException (not AVAILABLE). */
export function useConnection(cloud: Cloud, principal: Principal, use: ConnectionUse): Promise<UsedConnection> {
  return cloud.call<UsedConnection>(principal, prefixOf(use.ConnectionArn), 'UseConnection', use);
}
