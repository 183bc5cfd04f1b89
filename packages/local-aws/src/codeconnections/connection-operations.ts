import type * as sdk from '@aws-sdk/client-codestar-connections';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import {
  type ConnectionRecord,
  type ConnectionStore,
  type ConnectionsPrefix,
  connectionNamed,
  hostNamed,
  invalid,
  newArn,
  prefixOf,
} from './connection-record.ts';
import { checkLength, checkProvider, checkTags, isInstalled, limits, page } from './limits.ts';

/** Connections themselves. A new one is PENDING, as on AWS, until its handshake is done (`handshake-route.ts`). */
export function connectionOperations(store: ConnectionStore, api: ConnectionsPrefix): Service['operations'] {
  const on = (action: string) => (input: { ConnectionArn: string | undefined }) =>
    permit(`${prefixOf(input.ConnectionArn)}:${action}`, input.ConnectionArn);
  return {
    CreateConnection: operation(
      (input: sdk.CreateConnectionInput) => [
        {
          action: `${api}:CreateConnection`,
          resource: '*',
          ...(input.ProviderType === undefined ? {} : { context: { [`${api}:ProviderType`]: input.ProviderType } }),
        },
      ],
      (input): sdk.CreateConnectionOutput => {
        const record = create(store, api, input);
        return { ConnectionArn: record.arn, ...(record.tags.length > 0 && { Tags: record.tags }) };
      },
    ),
    GetConnection: operation(
      on('GetConnection'),
      (input: sdk.GetConnectionInput): sdk.GetConnectionOutput => ({
        Connection: connectionView(store, connectionNamed(store, input.ConnectionArn)),
      }),
    ),
    ListConnections: operation(
      () => permit(`${api}:ListConnections`),
      (input: sdk.ListConnectionsInput): sdk.ListConnectionsOutput => list(store, api, input),
    ),
    DeleteConnection: operation(on('DeleteConnection'), (input: sdk.DeleteConnectionInput): object => {
      store.connections.delete(connectionNamed(store, input.ConnectionArn).arn);
      return {};
    }),
  };
}

function create(store: ConnectionStore, api: ConnectionsPrefix, input: sdk.CreateConnectionInput): ConnectionRecord {
  const name = checkLength('ConnectionName', input.ConnectionName, 1, limits.connectionName);
  const { HostArn: hostArn } = input;
  if ((input.ProviderType === undefined) === (hostArn === undefined)) {
    throw invalid('Give ProviderType, or for an installed provider HostArn; not both, not neither.');
  }
  const host = hostArn === undefined ? undefined : hostNamed(store, hostArn);
  if (host?.status === 'PENDING') {
    throw new ServiceError('ResourceUnavailableException', `Host ${host.arn} is PENDING: set it up first.`);
  }
  const provider = host?.provider ?? checkProvider(input.ProviderType, api);
  if (host === undefined && isInstalled(provider)) throw invalid(`Provider type ${provider} needs a HostArn.`);
  const record: ConnectionRecord = {
    arn: newArn(store, api),
    name,
    provider,
    status: 'PENDING',
    tags: checkTags(input.Tags),
    ...(host === undefined ? {} : { hostArn: host.arn }),
  };
  store.connections.set(record.arn, record);
  return record;
}

function list(
  store: ConnectionStore,
  api: ConnectionsPrefix,
  input: sdk.ListConnectionsInput,
): sdk.ListConnectionsOutput {
  const { ProviderTypeFilter: provider, HostArnFilter: host } = input;
  if (provider !== undefined) checkProvider(provider, api);
  const all = [...store.connections.values()]
    .filter((one) => provider === undefined || one.provider === provider)
    .filter((one) => host === undefined || one.hostArn === host);
  const { items, next } = page(all, input.NextToken, input.MaxResults);
  return { Connections: items.map((record) => connectionView(store, record)), ...next };
}

export function connectionView({ cloud }: ConnectionStore, record: ConnectionRecord): sdk.Connection {
  return {
    ConnectionName: record.name,
    ConnectionArn: record.arn,
    // The SDK's type is the older API's, which lacks a provider.
    ProviderType: record.provider as sdk.ProviderType,
    OwnerAccountId: cloud.accountId,
    ConnectionStatus: record.status,
    ...(record.hostArn === undefined ? {} : { HostArn: record.hostArn }),
  };
}
