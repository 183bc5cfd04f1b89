import type * as sdk from '@aws-sdk/client-codestar-connections';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import {
  type ConnectionStore,
  type ConnectionsPrefix,
  type HostRecord,
  hostNamed,
  invalid,
  newArn,
  prefixOf,
} from './connection-record.ts';
import { checkLength, checkProvider, checkTags, isInstalled, limits, page } from './limits.ts';

/** Hosts: where a GitHub Enterprise Server or a GitLab of one's own is installed. VPC settings are written down only. */
export function hostOperations(store: ConnectionStore, api: ConnectionsPrefix): Service['operations'] {
  const on = (action: string) => (input: { HostArn: string | undefined }) =>
    permit(`${prefixOf(input.HostArn)}:${action}`, input.HostArn);
  return {
    CreateHost: operation(
      () => permit(`${api}:CreateHost`),
      (input: sdk.CreateHostInput): sdk.CreateHostOutput => {
        const record = create(store, api, input);
        return { HostArn: record.arn, ...(record.tags.length > 0 && { Tags: record.tags }) };
      },
    ),
    GetHost: operation(on('GetHost'), (input: sdk.GetHostInput): sdk.GetHostOutput => {
      const { HostArn: _arn, ...view } = hostView(hostNamed(store, input.HostArn));
      return view;
    }),
    ListHosts: operation(
      () => permit(`${api}:ListHosts`),
      (input: sdk.ListHostsInput): sdk.ListHostsOutput => {
        const { items, next } = page([...store.hosts.values()], input.NextToken, input.MaxResults);
        return { Hosts: items.map(hostView), ...next };
      },
    ),
    UpdateHost: operation(on('UpdateHost'), (input: sdk.UpdateHostInput): object => {
      const record = hostNamed(store, input.HostArn);
      if (input.ProviderEndpoint !== undefined) record.endpoint = checkEndpoint(input.ProviderEndpoint);
      if (input.VpcConfiguration !== undefined) record.vpc = checkVpc(input.VpcConfiguration);
      store.hosts.set(record.arn, record);
      return {};
    }),
    DeleteHost: operation(on('DeleteHost'), (input: sdk.DeleteHostInput): object => {
      const record = hostNamed(store, input.HostArn);
      if ([...store.connections.values()].some(({ hostArn }) => hostArn === record.arn)) {
        throw new ServiceError(
          'ResourceUnavailableException',
          `Host ${record.arn} has connections: delete them first.`,
        );
      }
      store.hosts.delete(record.arn);
      return {};
    }),
  };
}

function create(store: ConnectionStore, api: ConnectionsPrefix, input: sdk.CreateHostInput): HostRecord {
  const provider = checkProvider(input.ProviderType, api);
  if (!isInstalled(provider)) throw invalid(`Provider type ${provider} has no hosts.`);
  const name = checkLength('Name', input.Name, 1, limits.hostName);
  const record: HostRecord = {
    arn: newArn(store, api, name),
    name,
    provider,
    endpoint: checkEndpoint(input.ProviderEndpoint),
    status: 'PENDING',
    tags: checkTags(input.Tags),
    ...(input.VpcConfiguration === undefined ? {} : { vpc: checkVpc(input.VpcConfiguration) }),
  };
  store.hosts.set(record.arn, record);
  return record;
}

function checkEndpoint(url: string | undefined): string {
  checkLength('ProviderEndpoint', url, 1, limits.url);
  if (!URL.canParse(url ?? '')) throw invalid(`ProviderEndpoint '${url}' is not a URL.`);
  return url ?? '';
}

function checkVpc(vpc: sdk.VpcConfiguration): sdk.VpcConfiguration {
  if (vpc.TlsCertificate !== undefined) checkLength('TlsCertificate', vpc.TlsCertificate, 1, limits.tlsCertificate);
  return vpc;
}

function hostView(record: HostRecord): sdk.Host {
  return {
    Name: record.name,
    HostArn: record.arn,
    // The SDK's type is the older API's, which lacks a provider.
    ProviderType: record.provider as sdk.ProviderType,
    ProviderEndpoint: record.endpoint,
    Status: record.status,
    ...(record.vpc === undefined ? {} : { VpcConfiguration: record.vpc }),
  };
}
