import type * as apis from '@aws-sdk/client-apigatewayv2';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { badRequest, conflict, notFound, oneOf, refuseOthers } from './gateway-error.ts';
import type { ApiMappingRecord, DomainRecord } from './http-api-record.ts';
import { type HttpApiStore, newId } from './http-api-store.ts';
import { itemsPage } from './page.ts';

const CONFIGURATION = ['CertificateArn', 'CertificateName', 'EndpointType', 'SecurityPolicy', 'IpAddressType'];

/** Custom domains: there is no DNS and no TLS here, but a request with that Host header is answered. */
export function domainOperations(store: HttpApiStore): Service['operations'] {
  const on = (method: string) => (input: { DomainName: string | undefined }) =>
    store.permission(method, `/domainnames/${input.DomainName}`);
  return {
    CreateDomainName: operation(
      () => store.permission('POST', '/domainnames'),
      (input: apis.CreateDomainNameRequest): apis.CreateDomainNameResponse => {
        refuseOthers(input, ['DomainName', 'DomainNameConfigurations', 'Tags']);
        const domainName = (input.DomainName ?? '').toLowerCase();
        if (!/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domainName)) {
          throw badRequest(`local-aws answers plain host names, not ${input.DomainName}`);
        }
        if (store.domains.has(domainName)) throw conflict('The domain name you provided already exists.');
        const domain: DomainRecord = {
          domainName,
          configurations: readConfigurations(input.DomainNameConfigurations),
          tags: { ...input.Tags },
          mappings: {},
        };
        store.saveDomain(domain);
        return domainView(store, domain);
      },
    ),
    GetDomainName: operation(on('GET'), (input: apis.GetDomainNameRequest) =>
      domainView(store, store.domain(input.DomainName)),
    ),
    GetDomainNames: operation(
      () => store.permission('GET', '/domainnames'),
      (input: apis.GetDomainNamesRequest): apis.GetDomainNamesResponse =>
        itemsPage(
          [...store.domains.values()].map((domain) => domainView(store, domain)),
          input,
        ),
    ),
    UpdateDomainName: operation(on('PATCH'), (input: apis.UpdateDomainNameRequest): apis.UpdateDomainNameResponse => {
      refuseOthers(input, ['DomainName', 'DomainNameConfigurations']);
      const domain = store.domain(input.DomainName);
      domain.configurations = readConfigurations(input.DomainNameConfigurations ?? [...domain.configurations]);
      store.saveDomain(domain);
      return domainView(store, domain);
    }),
    DeleteDomainName: operation(on('DELETE'), (input: apis.DeleteDomainNameRequest) => {
      store.domains.delete(store.domain(input.DomainName).domainName);
    }),
    ...mappingOperations(store),
  };
}

function readConfigurations(given: readonly apis.DomainNameConfiguration[] = []): apis.DomainNameConfiguration[] {
  if (given.length !== 1) throw badRequest('A domain name needs one entry in DomainNameConfigurations');
  for (const configuration of given) {
    refuseOthers(configuration, CONFIGURATION, 'DomainNameConfigurations.');
    oneOf('EndpointType', configuration.EndpointType, ['REGIONAL']);
    oneOf('SecurityPolicy', configuration.SecurityPolicy, ['TLS_1_2']);
    if (!/^arn:[\w-]+:acm:/.test(configuration.CertificateArn ?? '')) {
      throw badRequest('CertificateArn must be the ARN of a certificate in ACM');
    }
  }
  return [...given];
}

function domainView(store: HttpApiStore, { domainName, configurations, tags }: DomainRecord): apis.DomainName {
  const { region } = store.cloud;
  return {
    DomainName: domainName,
    DomainNameArn: store.arn(`/domainnames/${domainName}`),
    ApiMappingSelectionExpression: '$request.basepath',
    DomainNameConfigurations: configurations.map((configuration) => ({
      EndpointType: 'REGIONAL',
      SecurityPolicy: 'TLS_1_2',
      ...configuration,
      // Of the form that AWS gives, and nobody's: `.invalid` never resolves.
      ApiGatewayDomainName: `d-${domainName.replaceAll('.', '-')}.execute-api.${region}.invalid`,
      DomainNameStatus: 'AVAILABLE',
      HostedZoneId: 'Z00000000000000000000',
    })),
    Tags: tags,
  };
}

function mappingOperations(store: HttpApiStore): Service['operations'] {
  const on =
    (method: string, isOne: boolean) =>
    (input: { DomainName?: string | undefined; ApiMappingId?: string | undefined }) =>
      store.permission(method, `/domainnames/${input.DomainName}/apimappings${isOne ? `/${input.ApiMappingId}` : ''}`);
  const find = (domain: DomainRecord, id: string | undefined): [string, ApiMappingRecord] => {
    const mapping = domain.mappings[id ?? ''];
    if (id === undefined || mapping === undefined) throw notFound(`Invalid ApiMapping identifier specified ${id}`);
    return [id, mapping];
  };
  const view = ([ApiMappingId, mapping]: [string, ApiMappingRecord]): apis.ApiMapping => ({ ...mapping, ApiMappingId });
  const put = (domain: DomainRecord, id: string, mapping: ApiMappingRecord) => {
    checkMapping(store, domain, id, mapping);
    domain.mappings[id] = mapping;
    store.saveDomain(domain);
    return view([id, mapping]);
  };
  return {
    CreateApiMapping: operation(on('POST', false), (input: apis.CreateApiMappingRequest) => {
      const { ApiId = '', Stage = '', ApiMappingKey = '' } = input;
      return put(store.domain(input.DomainName), newId(6), { ApiId, Stage, ApiMappingKey });
    }),
    GetApiMapping: operation(on('GET', true), (input: apis.GetApiMappingRequest) =>
      view(find(store.domain(input.DomainName), input.ApiMappingId)),
    ),
    GetApiMappings: operation(on('GET', false), (input: apis.GetApiMappingsRequest) =>
      itemsPage(Object.entries(store.domain(input.DomainName).mappings).map(view), input),
    ),
    UpdateApiMapping: operation(on('PATCH', true), (input: apis.UpdateApiMappingRequest) => {
      const domain = store.domain(input.DomainName);
      const [id, before] = find(domain, input.ApiMappingId);
      const { ApiId = '', Stage = before.Stage, ApiMappingKey = before.ApiMappingKey } = input;
      return put(domain, id, { ApiId, Stage, ApiMappingKey });
    }),
    DeleteApiMapping: operation(on('DELETE', true), (input: apis.DeleteApiMappingRequest) => {
      const domain = store.domain(input.DomainName);
      delete domain.mappings[find(domain, input.ApiMappingId)[0]];
      store.saveDomain(domain);
    }),
  };
}

function checkMapping(store: HttpApiStore, domain: DomainRecord, id: string, mapping: ApiMappingRecord): void {
  if (!Object.hasOwn(store.api(mapping.ApiId).stages, mapping.Stage)) {
    throw badRequest(`Invalid stage identifier specified: ${mapping.Stage}`);
  }
  if (!/^[\w.~!*'()/-]*$/.test(mapping.ApiMappingKey)) throw badRequest(`Invalid mapping key ${mapping.ApiMappingKey}`);
  const taken = Object.entries(domain.mappings).some(
    ([other, { ApiMappingKey }]) => other !== id && ApiMappingKey === mapping.ApiMappingKey,
  );
  if (taken) throw conflict('ApiMapping key already exists for this domain name');
}
