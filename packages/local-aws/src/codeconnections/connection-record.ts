import { randomUUID } from 'node:crypto';
import type { ProviderType, Tag, VpcConfiguration } from '@aws-sdk/client-codestar-connections';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { ServiceError } from '../cloud/service.ts';

/** The service's name today, and the one it had before July 2024; both APIs answer, on the same connections. */
export type ConnectionsPrefix = 'codeconnections' | 'codestar-connections';

/** AWS added `AzureDevOps` to the newer API only. */
export type Provider = ProviderType | 'AzureDevOps';

export interface ConnectionRecord {
  /** `arn:aws:codeconnections:us-east-1:123456789012:connection/<uuid>`; its service is the API that made it. */
  arn: string;
  name: string;
  provider: Provider;
  status: 'PENDING' | 'AVAILABLE' | 'ERROR';
  hostArn?: string;
  tags: Tag[];
}

export interface HostRecord {
  /** `arn:aws:codeconnections:us-east-1:123456789012:host/<name>/<8 hex>` */
  arn: string;
  name: string;
  provider: Provider;
  endpoint: string;
  status: 'PENDING' | 'AVAILABLE';
  vpc?: VpcConfiguration;
  tags: Tag[];
}

export interface ConnectionStore {
  readonly cloud: Cloud;
  readonly connections: Collection<ConnectionRecord>;
  readonly hosts: Collection<HostRecord>;
}

export function openConnectionStore(cloud: Cloud): ConnectionStore {
  return {
    cloud,
    connections: cloud.collection('codeconnections/connections'),
    hosts: cloud.collection('codeconnections/hosts'),
  };
}

export function newArn({ cloud }: ConnectionStore, prefix: ConnectionsPrefix, hostName?: string): string {
  const end = hostName === undefined ? `connection/${randomUUID()}` : `host/${hostName}/${randomUUID().slice(0, 8)}`;
  return `arn:${cloud.partition}:${prefix}:${cloud.region}:${cloud.accountId}:${end}`;
}

/** The IAM prefix that a policy must name for a resource: the one in its ARN. */
export function prefixOf(arn: string | undefined): ConnectionsPrefix {
  return arn?.split(':')[2] === 'codestar-connections' ? 'codestar-connections' : 'codeconnections';
}

export function connectionNamed(store: ConnectionStore, arn: string | undefined): ConnectionRecord {
  const record = store.connections.get(arn ?? '');
  if (record !== undefined) return record;
  throw new ServiceError('ResourceNotFoundException', `Connection not found: ${arn}`);
}

export function hostNamed(store: ConnectionStore, arn: string | undefined): HostRecord {
  const record = store.hosts.get(arn ?? '');
  if (record !== undefined) return record;
  throw new ServiceError('ResourceNotFoundException', `Host not found: ${arn}`);
}

export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
