import { recordOnly } from './ec2-record-only.ts';
import { boolean, object, string, tags } from './property.ts';

const ec2Vpc = recordOnly({
  type: 'AWS::EC2::VPC',
  idPrefix: 'vpc',
  properties: object({
    CidrBlock: string,
    EnableDnsHostnames: boolean.optional(),
    EnableDnsSupport: boolean.optional(),
    InstanceTenancy: string.optional(),
    Tags: tags.optional(),
  }),
  replacedBy: ['CidrBlock', 'InstanceTenancy'],
  attributes: {
    VpcId: (id) => id,
    CidrBlock: (_id, { CidrBlock }) => CidrBlock,
    DefaultSecurityGroup: (id) => id.replace('vpc-', 'sg-'),
    DefaultNetworkAcl: (id) => id.replace('vpc-', 'acl-'),
  },
});

const ec2Subnet = recordOnly({
  type: 'AWS::EC2::Subnet',
  idPrefix: 'subnet',
  properties: object({
    AvailabilityZone: string.optional(),
    CidrBlock: string,
    MapPublicIpOnLaunch: boolean.optional(),
    Tags: tags.optional(),
    VpcId: string,
  }),
  replacedBy: ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  attributes: {
    SubnetId: (id) => id,
    VpcId: (_id, { VpcId }) => VpcId,
    CidrBlock: (_id, { CidrBlock }) => CidrBlock,
    AvailabilityZone: (_id, { AvailabilityZone }, { region }) => AvailabilityZone ?? `${region}a`,
  },
});

const ec2RouteTable = recordOnly({
  type: 'AWS::EC2::RouteTable',
  idPrefix: 'rtb',
  properties: object({ Tags: tags.optional(), VpcId: string }),
  replacedBy: ['VpcId'],
  attributes: { RouteTableId: (id) => id },
});

const ec2Route = recordOnly({
  type: 'AWS::EC2::Route',
  idPrefix: 'r',
  properties: object({
    DestinationCidrBlock: string.optional(),
    DestinationIpv6CidrBlock: string.optional(),
    GatewayId: string.optional(),
    NatGatewayId: string.optional(),
    RouteTableId: string,
  }),
  replacedBy: ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'RouteTableId'],
  attributes: { CidrBlock: (_id, route) => route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? '' },
  physicalId: (_id, route) => `${route.RouteTableId}|${route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock}`,
});

const ec2SubnetRouteTableAssociation = recordOnly({
  type: 'AWS::EC2::SubnetRouteTableAssociation',
  idPrefix: 'rtbassoc',
  properties: object({ RouteTableId: string, SubnetId: string }),
  replacedBy: 'all',
  attributes: { Id: (id) => id },
});

const ec2InternetGateway = recordOnly({
  type: 'AWS::EC2::InternetGateway',
  idPrefix: 'igw',
  properties: object({ Tags: tags.optional() }),
  replacedBy: [],
  attributes: { InternetGatewayId: (id) => id },
});

const ec2VpcGatewayAttachment = recordOnly({
  type: 'AWS::EC2::VPCGatewayAttachment',
  idPrefix: 'attach',
  properties: object({ InternetGatewayId: string, VpcId: string }),
  replacedBy: ['VpcId'],
  attributes: { AttachmentType: () => 'IGW' },
  physicalId: (_id, { VpcId }) => `IGW|${VpcId}`,
});

const ec2Eip = recordOnly({
  type: 'AWS::EC2::EIP',
  idPrefix: 'eipalloc',
  properties: object({ Domain: string.optional(), Tags: tags.optional() }),
  replacedBy: ['Domain'],
  attributes: { AllocationId: (id) => id, PublicIp: publicIp },
  physicalId: publicIp,
});

const ec2NatGateway = recordOnly({
  type: 'AWS::EC2::NatGateway',
  idPrefix: 'nat',
  properties: object({
    AllocationId: string.optional(),
    ConnectivityType: string.optional(),
    SubnetId: string,
    Tags: tags.optional(),
  }),
  replacedBy: ['AllocationId', 'ConnectivityType', 'SubnetId'],
  attributes: { NatGatewayId: (id) => id },
});

// 203.0.113.0/24 is reserved for documentation: the address of an EIP here belongs to nobody.
function publicIp(id: string): string {
  return `203.0.113.${Number.parseInt(id.slice(-2), 16)}`;
}

export const ec2NetworkTypes = [
  ec2Vpc,
  ec2Subnet,
  ec2RouteTable,
  ec2Route,
  ec2SubnetRouteTableAssociation,
  ec2InternetGateway,
  ec2VpcGatewayAttachment,
  ec2Eip,
  ec2NatGateway,
];
