import * as z from 'zod';
import { object, string, stringMap, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { mapTagChanges, mergedTagMap } from './tag-changes.ts';

interface Domain {
  readonly DomainName: string;
  readonly DomainNameConfigurations: readonly {
    readonly ApiGatewayDomainName: string;
    readonly HostedZoneId: string;
  }[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-domainname.html */
export const apigatewayv2DomainName = defineResource({
  type: 'AWS::ApiGatewayV2::DomainName',
  properties: object({
    DomainName: string,
    DomainNameConfigurations: z.array(
      object({
        CertificateArn: string,
        CertificateName: string.optional(),
        EndpointType: word('REGIONAL').optional(),
        IpAddressType: word('ipv4', 'dualstack').optional(),
        SecurityPolicy: word('TLS_1_2').optional(),
      }),
    ),
    Tags: stringMap.optional(),
  }),
  attributes: ['DomainName', 'DomainNameArn', 'RegionalDomainName', 'RegionalHostedZoneId'],
  replacedBy: ['DomainName'],
  nameProperty: 'DomainName',
  create: async (context, { Tags: own, ...domain }) => {
    const Tags = mergedTagMap(context, own);
    const made = await context.call<Domain>('apigatewayv2', 'CreateDomainName', { ...domain, Tags });
    return { physicalId: domain.DomainName, attributes: attributesOf(context, made) };
  },
  update: async (context, { physicalId, properties: before }, { Tags: own, ...domain }) => {
    const changed = await context.call<Domain>('apigatewayv2', 'UpdateDomainName', domain);
    await mapTagChanges(context, {
      service: 'apigatewayv2',
      arn: arnOf(context, domain.DomainName),
      before: before.Tags,
      after: own,
    });
    return { physicalId, attributes: attributesOf(context, changed) };
  },
  delete: async (context, { physicalId }) => {
    await context.call('apigatewayv2', 'DeleteDomainName', { DomainName: physicalId });
  },
});

function attributesOf(context: ResourceContext, { DomainName, DomainNameConfigurations: [configuration] }: Domain) {
  return {
    DomainName,
    DomainNameArn: arnOf(context, DomainName),
    RegionalDomainName: configuration?.ApiGatewayDomainName ?? '',
    RegionalHostedZoneId: configuration?.HostedZoneId ?? '',
  };
}

function arnOf({ partition, region }: ResourceContext, domainName: string): string {
  return `arn:${partition}:apigateway:${region}::/domainnames/${domainName}`;
}
