import * as z from 'zod';
import { recordOnly } from './ec2-record-only.ts';
import { boolean, document, integer, object, string, strings, tags } from './property.ts';

const range = {
  CidrIp: string.optional(),
  CidrIpv6: string.optional(),
  Description: string.optional(),
  FromPort: integer.optional(),
  IpProtocol: string,
  ToPort: integer.optional(),
};
const ingress = { ...range, SourcePrefixListId: string.optional(), SourceSecurityGroupId: string.optional() };
const egress = { ...range, DestinationPrefixListId: string.optional(), DestinationSecurityGroupId: string.optional() };
const RULE = ['CidrIp', 'CidrIpv6', 'FromPort', 'GroupId', 'IpProtocol', 'ToPort'];

const securityGroup = recordOnly({
  type: 'AWS::EC2::SecurityGroup',
  idPrefix: 'sg',
  properties: object({
    GroupDescription: string,
    GroupName: string.optional(),
    SecurityGroupEgress: z.array(object(egress)).optional(),
    SecurityGroupIngress: z.array(object(ingress)).optional(),
    Tags: tags.optional(),
    VpcId: string.optional(),
  }),
  replacedBy: ['GroupDescription', 'GroupName', 'VpcId'],
  attributes: { GroupId: (id) => id, Id: (id) => id, VpcId: (_id, { VpcId }) => VpcId ?? '' },
});

const securityGroupIngress = recordOnly({
  type: 'AWS::EC2::SecurityGroupIngress',
  idPrefix: 'sgr',
  properties: object({ ...ingress, GroupId: string }),
  replacedBy: [...RULE, 'SourcePrefixListId', 'SourceSecurityGroupId'],
  attributes: { Id: (id) => id },
});

const securityGroupEgress = recordOnly({
  type: 'AWS::EC2::SecurityGroupEgress',
  idPrefix: 'sgr',
  properties: object({ ...egress, GroupId: string }),
  replacedBy: [...RULE, 'DestinationPrefixListId', 'DestinationSecurityGroupId'],
  attributes: { Id: (id) => id },
});

const vpcEndpoint = recordOnly({
  type: 'AWS::EC2::VPCEndpoint',
  idPrefix: 'vpce',
  properties: object({
    PolicyDocument: document.optional(),
    PrivateDnsEnabled: boolean.optional(),
    RouteTableIds: strings.optional(),
    SecurityGroupIds: strings.optional(),
    ServiceName: string,
    SubnetIds: strings.optional(),
    Tags: tags.optional(),
    VpcEndpointType: string.optional(),
    VpcId: string,
  }),
  replacedBy: ['ServiceName', 'VpcEndpointType', 'VpcId'],
  attributes: { Id: (id) => id },
});

export const ec2SecurityTypes = [securityGroup, securityGroupIngress, securityGroupEgress, vpcEndpoint];
