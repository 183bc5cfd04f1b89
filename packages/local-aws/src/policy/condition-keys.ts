/** Keys that local-aws gives a value (or knowingly leaves absent); compared in lower case. */
const EXACT = new Set(
  [
    'aws:CalledVia',
    'aws:CurrentTime',
    'aws:EpochTime',
    'aws:PrincipalAccount',
    'aws:PrincipalArn',
    'aws:PrincipalIsAWSService',
    'aws:PrincipalOrgID',
    'aws:PrincipalServiceName',
    'aws:PrincipalType',
    'aws:RequestedRegion',
    'aws:ResourceAccount',
    'aws:SecureTransport',
    'aws:SourceAccount',
    'aws:SourceArn',
    'aws:SourceIp',
    'aws:SourceVpce',
    'aws:TagKeys',
    'aws:ViaAWSService',
    'aws:userid',
    'cloudwatch:namespace',
    ...['codeconnections', 'codestar-connections'].flatMap((prefix) =>
      [
        'BranchName',
        'FullRepositoryId',
        'OwnerId',
        'ProviderAction',
        'ProviderPermissionsRequired',
        'ProviderType',
        'RepositoryName',
      ].map((key) => `${prefix}:${key}`),
    ),
    'ec2:AuthorizedService',
    'ec2:Subnet',
    'ec2:Vpc',
    'events:detail-type',
    'events:source',
    'iam:AssociatedResourceArn',
    'iam:PassedToService',
    'kms:CallerAccount',
    'kms:GrantIsForAWSResource',
    'kms:ViaService',
    'lambda:FunctionUrlAuthType',
    'lambda:InvokedViaFunctionUrl',
    's3:TlsVersion',
    's3:delimiter',
    's3:max-keys',
    's3:prefix',
    's3:x-amz-acl',
    's3:x-amz-server-side-encryption',
    's3:x-amz-server-side-encryption-aws-kms-key-id',
    'secretsmanager:SecretId',
    'secretsmanager:VersionId',
    'secretsmanager:VersionStage',
    'ssm:Overwrite',
    'ssm:Recursive',
    'sts:ExternalId',
    'sts:RoleSessionName',
  ].map((key) => key.toLowerCase()),
);

/** Families with a free last part. */
const FAMILIES = ['aws:principaltag/', 'aws:requesttag/', 'aws:resourcetag/', 'kms:encryptioncontext:'];

/** Whether a key can be evaluated. Another key in a policy is an error, not a condition that silently never holds. */
export function isKnownConditionKey(key: string): boolean {
  const name = key.toLowerCase();
  return EXACT.has(name) || FAMILIES.some((family) => name.startsWith(family));
}
