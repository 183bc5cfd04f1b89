import type { Cloud } from '../cloud/cloud.ts';

/** A symmetric key as stored in `kms/keys`, by key ID. */
export interface KeyRecord {
  readonly id: string;
  readonly arn: string;
  /** Base64 of 32 bytes. Rotation is recorded but does not change it. */
  readonly material: string;
  readonly manager: 'CUSTOMER' | 'AWS';
  readonly createdAt: string;
  description: string;
  /** JSON text. */
  policy: string;
  enabled: boolean;
  deletionDate?: string;
  rotationPeriodDays?: number;
  tags: Record<string, string>;
}

/** The policy of a key created without one: the account's own policies decide. */
export function defaultKeyPolicy(cloud: Cloud): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${cloud.accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}

/** The policy of an AWS managed key: whoever may use the service may use its key, and only through the service. */
export function managedKeyPolicy(cloud: Cloud, service: string): string {
  const via = { 'kms:CallerAccount': cloud.accountId, 'kms:ViaService': `${service}.${cloud.region}.amazonaws.com` };
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}`,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: { StringEquals: via },
      },
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${cloud.accountId}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  });
}
