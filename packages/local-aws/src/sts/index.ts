import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Cloud } from '../cloud/cloud.ts';
import type { Operation, Service } from '../cloud/service.ts';

/** Security Token Service: who am I, and roles assumed by callers. */
export function createSts(cloud: Cloud): Service {
  return { name: 'sts', operations: { GetCallerIdentity: getCallerIdentity(cloud) } };
}

function getCallerIdentity(
  cloud: Cloud,
): Operation<GetCallerIdentityCommandInput, Omit<GetCallerIdentityCommandOutput, '$metadata'>> {
  return {
    // AWS asks for no permission either.
    permissions: () => [],
    async run(_input, call) {
      return {
        UserId: call.principal.accessKeyId ?? cloud.accountId,
        Account: cloud.accountId,
        Arn: call.principal.arn,
      };
    },
  };
}
