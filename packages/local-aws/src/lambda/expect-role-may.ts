import { operation } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import type { FunctionRecord, FunctionSettings } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { destinationPermission } from './send-record.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const NETWORK_CALLS = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];

/** Lambda asks what a function's role may do before it has to; the question is a permission without an API operation. */
export const askRole: Service['operations'] = {
  AskRole: operation(
    (permission: Permission): readonly Permission[] => [permission],
    () => ({}),
  ),
};

/** What of its settings a function's role must be allowed to use: a network, a dead-letter queue. */
export async function checkSettingsRole(store: FunctionStore, name: string, settings: FunctionSettings): Promise<void> {
  const { deadLetterArn, recorded } = settings;
  const { SubnetIds = [] } = (recorded.VpcConfig ?? {}) as { readonly SubnetIds?: readonly string[] };
  const network = SubnetIds.length === 0 ? [] : NETWORK_CALLS;
  for (const call of network) {
    await expectRoleMay(store, { name, settings }, { action: `ec2:${call}`, resource: '*' }, 'EC2');
  }
  if (deadLetterArn === undefined) return;
  await expectRoleMay(store, { name, settings }, { action: 'sqs:SendMessage', resource: deadLetterArn }, 'SQS');
}

/** A destination that a function's role could not tell is refused when it is configured, as on AWS. */
export async function checkDestinationRole(
  store: FunctionStore,
  record: FunctionRecord,
  arn: string | undefined,
): Promise<void> {
  if (arn !== undefined) await expectRoleMay(store, record, destinationPermission(arn), arn);
}

async function expectRoleMay(
  store: FunctionStore,
  { name, settings }: Pick<FunctionRecord, 'name' | 'settings'>,
  permission: Permission,
  where: string,
): Promise<void> {
  const { cloud } = store;
  const { principal } = await cloud.identities.assumeRole(settings.role, name, 'lambda.amazonaws.com', store.arn(name));
  try {
    await cloud.call(principal, 'lambda', 'AskRole', permission);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const call = permission.action.split(':')[1];
    throw new ServiceError(
      'InvalidParameterValueException',
      `The provided execution role does not have permissions to call ${call} on ${where}. ${error.message}`,
    );
  }
}
